/*
** The search for a path. It goes depth first from the leaf upward, through
** candidates ordered by how well they fit, and twice: first only where no rule
** is broken, which finds a good path if there is one; if there is none, once
** more to find the path whose story is worth telling. An attacker chooses the
** certificates, so signatures and steps are counted.
*/

#include "path.h"

#include "certificate.h"

#include <mbedtls/md.h>
#include <mbedtls/platform.h>
#include <stdio.h>
#include <string.h>

#define MAX_SIGNATURES  200    /* checked in one search, large ones for more */
#define MAX_STEPS       20000  /* candidates looked at, in each of the two */
#define MAX_COMPARISONS 250000 /* of names with constraints */
#define MAX_STORIES     32     /* complete paths compared for the best one */

/* A signature that was checked. Many paths have the same links, and all
** certificates of one key stand for the same link. */
typedef struct Link {
  const LtlsFacts *child, *issuer;
  int is_good;
} Link;

/* Candidates for one issuer: anchors before others, and of each those whose
** key identifier fits, those without one, those with another. */
typedef struct Cursor {
  int rank; /* 0 to 2 anchors, 3 to 5 others */
  const LtlsFacts *last;
} Cursor;

#define RANKS 6

typedef struct Search {
  const LtlsTerms *terms;
  const LtlsStore *anchors;
  LtlsStore others;
  int sent_count; /* the first of them */
  LtlsPath path, best;
  Cursor cursors[LTLS_MAX_PATH];
  Link links[MAX_SIGNATURES];
  int link_count, work, steps, stories;
  int best_broken;  /* rules, of the best complete path */
  int forged;       /* a candidate's key did not fit at the best path's end */
  int is_exhausted; /* a limit was reached */
  int is_forgiving; /* the second search: broken rules do not stop it */
} Search;

/* RFC 5280, 6.1.3 (a) (1). */
static int verify_signature(const mbedtls_x509_crt *child,
                            mbedtls_x509_crt *issuer) {
  const mbedtls_md_info_t *md = mbedtls_md_info_from_type(child->sig_md);
  unsigned char hash[MBEDTLS_MD_MAX_SIZE];
  if (ltls_facts_has_huge_exponent(issuer)) return 0;
  if (md == NULL || mbedtls_md(md, child->tbs.p, child->tbs.len, hash) != 0)
    return 0;
  return mbedtls_pk_can_do(&issuer->pk, child->sig_pk) &&
         mbedtls_pk_verify_ext(child->sig_pk, child->sig_opts, &issuer->pk,
                               child->sig_md, hash, mbedtls_md_get_size(md),
                               child->sig.p, child->sig.len) == 0;
}

/* What the check of a signature by this key costs, in those of P-256. */
static int work_of(const mbedtls_x509_crt *issuer) {
  int bits = (int)mbedtls_pk_get_bitlen(&issuer->pk);
  if (mbedtls_pk_get_type(&issuer->pk) == MBEDTLS_PK_RSA)
    return 1 + bits / 4096;
  return bits * bits / (256 * 256);
}

static int is_signed_by(Search *search, const LtlsFacts *child,
                        const LtlsFacts *issuer) {
  Link *link = search->links;
  int i;
  for (i = 0; i < search->link_count; i++, link++)
    if (link->child == child && ltls_facts_same_key(link->issuer, issuer))
      return link->is_good;
  search->work += work_of(issuer->crt);
  if (search->work > MAX_SIGNATURES || search->link_count == MAX_SIGNATURES) {
    search->is_exhausted = 1;
    return 0;
  }
  search->link_count++;
  link->child = child;
  link->issuer = issuer;
  link->is_good = verify_signature(child->crt, (mbedtls_x509_crt *)issuer->crt);
  return link->is_good;
}

static int rank_of(const LtlsFacts *child, const LtlsFacts *issuer) {
  if (child->authority_key_id.p == NULL || issuer->key_id.p == NULL) return 1;
  return ltls_der_same(child->authority_key_id, issuer->key_id) ? 0 : 2;
}

/* The next candidate to have issued the path's last certificate, or NULL. */
static const LtlsFacts *next_candidate(Search *search) {
  const LtlsFacts *child = search->path.item[search->path.count - 1];
  Cursor *cursor = &search->cursors[search->path.count - 1];
  for (; cursor->rank < RANKS; cursor->rank++, cursor->last = NULL) {
    const LtlsStore *store =
        cursor->rank < RANKS / 2 ? search->anchors : &search->others;
    do {
      cursor->last = ltls_store_issuer(store, child, cursor->last);
      if (cursor->last != NULL &&
          rank_of(child, cursor->last) == cursor->rank % (RANKS / 2))
        return cursor->last;
    } while (cursor->last != NULL);
  }
  return NULL;
}

/* RFC 4158, 2.4.1: the same name with the same key is never met twice. */
static int is_on_path(const LtlsPath *path, const LtlsFacts *facts) {
  int i;
  for (i = 0; i < path->count; i++)
    if (ltls_facts_same_entity(path->item[i], facts)) return 1;
  return 0;
}

static void push(Search *search, const LtlsFacts *facts, int is_anchor) {
  Cursor start = {0, NULL};
  search->path.item[search->path.count] = facts;
  search->path.is_anchored = is_anchor;
  search->cursors[search->path.count++] = start;
}

static void pop(Search *search) {
  search->path.count--;
  search->path.is_anchored = 0;
}

/* An unfinished path is better the longer it is. */
static void remember_unfinished(Search *search, int forged) {
  if (search->best.is_anchored ||
      (search->path.count <= search->best.count && !forged))
    return;
  if (search->path.count < search->best.count) return;
  search->best = search->path;
  search->forged = forged;
}

static int count_broken(Search *search) {
  LtlsVerdict all = {0};
  int i;
  for (i = 0; i < search->path.count; i++)
    ltls_rule_check(search->terms, &search->path, i, &all);
  ltls_rule_check_whole(search->terms, &search->path, &all);
  ltls_verdict_free(&all);
  return all.count;
}

/* The path has reached an anchor. Is the search over? */
static int finish(Search *search) {
  int broken = 0;
  if (search->is_forgiving) {
    broken = count_broken(search);
    if (search->best.is_anchored && broken >= search->best_broken) return 0;
  } else if (ltls_rule_check_whole(search->terms, &search->path, NULL))
    return 0;
  search->best = search->path;
  search->best_broken = broken;
  return broken == 0 || ++search->stories == MAX_STORIES;
}

/* Put a candidate on the path if it belongs there. */
static int extend(Search *search, const LtlsFacts *candidate, int is_anchor) {
  LtlsPath *path = &search->path;
  if (is_on_path(path, candidate)) return 0;
  if (path->count == LTLS_MAX_PATH) {
    search->is_exhausted = 1;
    return 0;
  }
  if (!is_signed_by(search, path->item[path->count - 1], candidate)) {
    remember_unfinished(search, 1);
    return 0;
  }
  push(search, candidate, is_anchor);
  if (search->is_forgiving ||
      !ltls_rule_check(search->terms, path, path->count - 1, NULL))
    return 1;
  pop(search);
  return 0;
}

/* One step; 1 when the search is over. */
static int step(Search *search) {
  const LtlsFacts *candidate = next_candidate(search);
  int is_anchor = search->cursors[search->path.count - 1].rank < RANKS / 2;
  if (--search->steps < 0) {
    search->is_exhausted = 1;
    return 1;
  }
  if (candidate == NULL) {
    search->steps -= search->others.count / 16; /* in one bucket, at worst */
    remember_unfinished(search, 0);
    pop(search);
  } else if (extend(search, candidate, is_anchor) && is_anchor) {
    if (finish(search)) return 1;
    pop(search);
  }
  return search->path.count == 0;
}

static void run(Search *search, const LtlsFacts *leaf) {
  search->steps = MAX_STEPS;
  search->path.count = 0;
  search->path.comparisons = MAX_COMPARISONS;
  push(search, leaf, 0);
  while (!step(search)) {
  }
}

/* A leaf that is trusted itself needs no issuer. */
static int is_sole(Search *search, const LtlsFacts *leaf) {
  if (ltls_store_find(search->anchors, leaf) == NULL) return 0;
  search->path.count = 0;
  push(search, leaf, 1);
  search->best = search->path;
  return 1;
}

/* Is there a path that breaks no rule? */
static int find_good(Search *search, const LtlsFacts *leaf) {
  push(search, leaf, 0);
  if (ltls_rule_check(search->terms, &search->path, 0, NULL)) return 0;
  run(search, leaf);
  return search->best.is_anchored;
}

static void find_best(Search *search, const LtlsFacts *leaf) {
  search->is_forgiving = 1;
  search->best.count = 0;
  run(search, leaf);
}

/* A server that forgot its intermediates, and where they are. */
static void tell_missing(const Search *search, const LtlsFacts *facts,
                         LtlsVerdict *verdict) {
  LtlsSlice url;
  if (!ltls_facts_issuer_url(facts, &url) || url.len > 128) return;
  (void)snprintf(verdict->hint, sizeof(verdict->hint),
                 "the peer sent %d certificate%s; the missing issuer is at "
                 "%.*s",
                 search->others.count, search->others.count == 1 ? "" : "s",
                 (int)url.len, (const char *)url.p);
}

/* The best path ends without an anchor: what to say of its last one. */
static void tell_end(const Search *search, LtlsVerdict *verdict) {
  int last = search->best.count - 1;
  const LtlsFacts *facts = search->best.item[last];
  char issuer[160];
  ltls_verdict_write_name(issuer, sizeof(issuer), &facts->crt->issuer);
  if (search->is_exhausted)
    ltls_verdict_add(verdict, "too_complex", 0,
                     "there are too many ways to go to find a trusted "
                     "authority");
  else if (last == 0 && facts->is_self_issued)
    ltls_verdict_add(verdict, "self_signed", 0,
                     "certificate is self-signed and not trusted");
  else if (search->forged)
    ltls_verdict_add(verdict, "signature", last,
                     "certificate's signature was not made with the key of %s",
                     issuer);
  else if (facts->is_self_issued)
    ltls_verdict_add(verdict, "untrusted", last,
                     "the chain ends in a root that is not trusted");
  else
    ltls_verdict_add(verdict, "untrusted", last,
                     "certificate is signed by an authority that is not "
                     "trusted (%s)",
                     issuer);
  if (search->is_exhausted || facts->is_self_issued) return;
  tell_missing(search, facts, verdict);
}

/* Where the certificate is in the chain that was sent, from 1; 0: it is not. */
static int position_of(const Search *search, const LtlsFacts *facts) {
  const LtlsFacts *first = search->others.facts;
  int i;
  for (i = 0; i < search->sent_count; i++)
    if (facts == first + i) return i + 1;
  return 0;
}

static void note_expiry(const mbedtls_x509_crt *crt, int is_first,
                        LtlsVerdict *verdict) {
  lua_Integer expiry = ltls_certificate_time(&crt->valid_to);
  if (is_first || expiry < verdict->good_until) verdict->good_until = expiry;
}

static void tell(Search *search, LtlsVerdict *verdict) {
  LtlsPath *path = &search->best;
  int i;
  ltls_verdict_set_length(verdict, path->count);
  path->comparisons = MAX_COMPARISONS;
  for (i = 0; i < path->count; i++) {
    LtlsLink *link = ltls_verdict_link(verdict, i, path->item[i]->crt);
    if (link != NULL) {
      link->is_trusted = path->is_anchored && i == path->count - 1;
      link->position = position_of(search, path->item[i]);
    }
    ltls_rule_check(search->terms, path, i, verdict);
    note_expiry(path->item[i]->crt, i == 0, verdict);
  }
  if (path->is_anchored && path->count > 1)
    ltls_rule_check_whole(search->terms, path, verdict);
  if (!path->is_anchored) tell_end(search, verdict);
  verdict->is_complete = 1;
}

static void search_all(Search *search, const LtlsFacts *leaf) {
  if (is_sole(search, leaf) || find_good(search, leaf)) return;
  if (!search->is_exhausted) find_best(search, leaf);
  if (search->best.count > 0) return;
  search->best.item[0] = leaf;
  search->best.count = 1;
}

void ltls_path_judge(const LtlsTerms *terms, const LtlsStore *anchors,
                     const LtlsCandidates *candidates, LtlsVerdict *verdict) {
  Search *search = mbedtls_calloc(1, sizeof(Search));
  if (search == NULL ||
      !ltls_store_fill(&search->others, candidates->sent, candidates->more)) {
    ltls_verdict_add(verdict, "memory", 0, "there is not enough memory");
    mbedtls_free(search);
    return;
  }
  search->terms = terms;
  search->anchors = anchors;
  search->sent_count = ltls_store_length(candidates->sent);
  if (search->others.count > 0) {
    search_all(search, search->others.facts);
    tell(search, verdict);
  } else /* mbedTLS goes on with nothing when it does not know the algorithm */
    ltls_verdict_add(verdict, "unsupported", 0,
                     "certificate is signed with an algorithm that is not "
                     "supported");
  ltls_store_free(&search->others);
  mbedtls_free(search);
}

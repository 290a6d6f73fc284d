/*
** Certificate policies. RFC 5280 describes a tree that an attacker can make
** grow without end; as RFC 9618 shows, it is enough to keep, level by level,
** the set of policies that the next certificate may name. Whether the user
** accepts a policy is decided where it enters the tree (6.1.5 (g)), and kept
** with it through all mappings.
*/

#include "policy.h"

#include <string.h>

#define MAX_POLICIES 256 /* in one set; more is refused */

static const unsigned char any_policy[] = {0x55, 0x1D, 0x20, 0};

typedef struct Policy {
  LtlsSlice oid;
  int is_accepted; /* by the user */
} Policy;

/* Policies that the next certificate may name. */
typedef struct Set {
  Policy policy[MAX_POLICIES];
  int count;
  int any;       /* anyPolicy is among them */
  int overflown; /* there was no room */
} Set;

/* The state variables of RFC 5280, 6.1.2. */
typedef struct State {
  const LtlsPolicyInputs *inputs;
  Set set; /* empty: the valid_policy_tree is NULL */
  int explicit_policy, policy_mapping, inhibit_any;
} State;

static int is_any(LtlsSlice policy) {
  return policy.len == sizeof(any_policy) &&
         memcmp(policy.p, any_policy, sizeof(any_policy)) == 0;
}

static Policy *find(Set *set, LtlsSlice oid) {
  int i;
  for (i = 0; i < set->count; i++)
    if (ltls_der_same(set->policy[i].oid, oid)) return &set->policy[i];
  return NULL;
}

static void add(Set *set, LtlsSlice oid, int is_accepted) {
  Policy *policy = find(set, oid);
  if (policy == NULL && set->count == MAX_POLICIES) {
    set->overflown = 1;
    return;
  }
  if (policy == NULL) {
    policy = &set->policy[set->count++];
    policy->oid = oid;
    policy->is_accepted = 0;
  }
  policy->is_accepted |= is_accepted;
}

static void clear(Set *set) {
  set->count = set->any = 0;
}

/* Is it in the user's initial set? */
static int is_initial(const State *state, LtlsSlice oid) {
  size_t i;
  if (state->inputs->initial_count == 0) return 1;
  for (i = 0; i < state->inputs->initial_count; i++)
    if (ltls_der_same(state->inputs->initial[i], oid)) return 1;
  return 0;
}

/* Add to 'next' a policy that is called 'oid' there, if the level above, which
** calls it 'above', allows it: by that name, or by anyPolicy. */
static void inherit(const State *state, Set *level, LtlsSlice above, Set *next,
                    LtlsSlice oid) {
  const Policy *policy = find(level, above);
  if (policy != NULL)
    add(next, oid, policy->is_accepted);
  else if (level->any)
    add(next, oid, is_initial(state, above));
}

/* The next element of a SEQUENCE OF SEQUENCE: its first OID, and the rest. */
static int take_entry(LtlsSlice *list, LtlsSlice *oid, LtlsSlice *rest) {
  return ltls_der_take(list, LTLS_SEQUENCE, rest) &&
         ltls_der_take(rest, MBEDTLS_ASN1_OID, oid);
}

/* The SEQUENCE that an extension's value is; 0 when it is none. */
static int open_value(const LtlsFacts *facts, LtlsExtensionId id,
                      LtlsSlice *list) {
  return ltls_der_open(facts->extension[id], list);
}

/* 6.1.3 (d) (2): anyPolicy stands for all that the level above allows. */
static void inherit_all(Set *next, const Set *level) {
  int i;
  for (i = 0; i < level->count; i++)
    add(next, level->policy[i].oid, level->policy[i].is_accepted);
  next->any = level->any;
}

/* May the certificate's anyPolicy be used? */
static int heeds_any(const State *state, const LtlsFacts *facts, int is_leaf) {
  return state->inhibit_any > 0 || (!is_leaf && facts->is_self_issued);
}

/* 6.1.3 (d), (e): the policies of one certificate. Each may be named once
** (4.2.1.4). */
static int apply_policies(State *state, const LtlsFacts *facts, int is_leaf) {
  LtlsSlice list, oid, rest;
  Set next = {.count = 0}, named = {.count = 0};
  if (!ltls_facts_has(facts, LTLS_EXT_POLICIES)) {
    clear(&state->set);
    return 1;
  }
  if (!open_value(facts, LTLS_EXT_POLICIES, &list)) return 0;
  while (list.len > 0) {
    if (!take_entry(&list, &oid, &rest) || find(&named, oid)) return 0;
    add(&named, oid, 0);
    if (!is_any(oid))
      inherit(state, &state->set, oid, &next, oid);
    else if (heeds_any(state, facts, is_leaf))
      inherit_all(&next, &state->set);
  }
  state->set = next;
  return !next.overflown && !named.overflown;
}

/* PolicyMappings ::= SEQUENCE OF SEQUENCE { issuerDomainPolicy OID,
** subjectDomainPolicy OID }; neither may be anyPolicy (6.1.4 (a)). */
static int take_mapping(LtlsSlice *list, LtlsSlice *issuer,
                        LtlsSlice *subject) {
  LtlsSlice rest;
  return take_entry(list, issuer, &rest) &&
         ltls_der_take(&rest, MBEDTLS_ASN1_OID, subject) && rest.len == 0 &&
         !is_any(*issuer) && !is_any(*subject);
}

static void remove_policy(Set *set, LtlsSlice oid) {
  Policy *policy = find(set, oid);
  if (policy != NULL) *policy = set->policy[--set->count];
}

/* 6.1.4 (a), (b): what the subject's policies are called below. The mappings
** of one certificate all see the set as it was before. */
static int apply_mappings(State *state, const LtlsFacts *facts) {
  LtlsSlice list, again, issuer, subject;
  Set before = state->set;
  if (!ltls_facts_has(facts, LTLS_EXT_POLICY_MAPPINGS)) return 1;
  if (!open_value(facts, LTLS_EXT_POLICY_MAPPINGS, &list)) return 0;
  for (again = list; again.len > 0;) {
    if (!take_mapping(&again, &issuer, &subject)) return 0;
    remove_policy(&state->set, issuer);
  }
  while (list.len > 0 && take_mapping(&list, &issuer, &subject))
    if (state->policy_mapping > 0)
      inherit(state, &before, issuer, &state->set, subject);
  return !state->set.overflown;
}

static void lower(int *counter, int to) {
  if (*counter > to) *counter = to;
}

/* An INTEGER that counts certificates; larger ones mean "never". */
static int to_count(LtlsSlice value) {
  if (value.len == 1 && value.p[0] < 0x80) return value.p[0];
  return 127;
}

/* PolicyConstraints ::= SEQUENCE { requireExplicitPolicy [0],
** inhibitPolicyMapping [1] }: 6.1.4 (i), and (j) for inhibitAnyPolicy. */
static int apply_constraints(State *state, const LtlsFacts *facts) {
  LtlsSlice list, value;
  if (ltls_facts_has(facts, LTLS_EXT_POLICY_CONSTRAINTS)) {
    if (!open_value(facts, LTLS_EXT_POLICY_CONSTRAINTS, &list) || list.len == 0)
      return 0;
    if (ltls_der_take(&list, MBEDTLS_ASN1_CONTEXT_SPECIFIC | 0, &value))
      lower(&state->explicit_policy, to_count(value));
    if (ltls_der_take(&list, MBEDTLS_ASN1_CONTEXT_SPECIFIC | 1, &value))
      lower(&state->policy_mapping, to_count(value));
    if (list.len > 0) return 0;
  }
  if (ltls_facts_has(facts, LTLS_EXT_INHIBIT_ANY_POLICY)) {
    list = facts->extension[LTLS_EXT_INHIBIT_ANY_POLICY];
    if (!ltls_der_take(&list, MBEDTLS_ASN1_INTEGER, &value)) return 0;
    lower(&state->inhibit_any, to_count(value));
  }
  return 1;
}

static void count_down(int *counter) {
  if (*counter > 0) --*counter;
}

/* 6.1.4 (h): self-issued certificates do not count. */
static void step(State *state, const LtlsFacts *facts) {
  if (facts->is_self_issued) return;
  count_down(&state->explicit_policy);
  count_down(&state->policy_mapping);
  count_down(&state->inhibit_any);
}

static int has_policy(const State *state) {
  return state->set.any || state->set.count > 0;
}

/* 6.1.5 (g): the intersection with the user's initial set. */
static int has_accepted_policy(const State *state) {
  int i;
  for (i = 0; i < state->set.count; i++)
    if (state->set.policy[i].is_accepted) return 1;
  return state->set.any;
}

/* 6.1.5: only requireExplicitPolicy of the last certificate matters. */
static int wrap_up(State *state, const LtlsFacts *leaf) {
  int before;
  count_down(&state->explicit_policy);
  before = state->explicit_policy;
  if (!apply_constraints(state, leaf)) return 0;
  if (state->explicit_policy != 0) state->explicit_policy = before;
  return state->explicit_policy > 0 || has_accepted_policy(state);
}

/* 6.1.4: what an authority sets for the certificates below it. */
static int descend(State *state, const LtlsFacts *facts) {
  if (!apply_mappings(state, facts)) return 0;
  step(state, facts);
  return apply_constraints(state, facts);
}

int ltls_policy_check(const LtlsFacts *const *path, int count,
                      const LtlsPolicyInputs *inputs) {
  State state = {.inputs = inputs, .set = {.any = 1}};
  int i;
  state.explicit_policy = inputs->require_explicit ? 0 : count + 1;
  state.policy_mapping = inputs->inhibit_mapping ? 0 : count + 1;
  state.inhibit_any = inputs->inhibit_any ? 0 : count + 1;
  for (i = count - 1; i >= 0; i--) {
    if (!apply_policies(&state, path[i], i == 0)) return 0;
    if (state.explicit_policy == 0 && !has_policy(&state)) return 0;
    if (i > 0 && !descend(&state, path[i])) return 0;
  }
  return count == 0 || wrap_up(&state, path[0]);
}

/*
** Certificate policies. RFC 5280 describes a tree that an attacker can make
** grow without end; as RFC 9618 shows, it is enough to keep, level by level,
** the set of policies that the next certificate may name. A policy that the
** user does not accept is left out where it enters the tree.
*/

#include "policy.h"

#include <string.h>

#define MAX_POLICIES 256 /* in one set; more is refused */

static const unsigned char any_policy[] = {0x55, 0x1D, 0x20, 0};

/* Policies that the next certificate may name. */
typedef struct Set {
  LtlsSlice policy[MAX_POLICIES];
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

static int contains(const Set *set, LtlsSlice policy) {
  int i;
  for (i = 0; i < set->count; i++)
    if (ltls_der_same(set->policy[i], policy)) return 1;
  return 0;
}

static void add(Set *set, LtlsSlice policy) {
  if (contains(set, policy)) return;
  if (set->count == MAX_POLICIES)
    set->overflown = 1;
  else
    set->policy[set->count++] = policy;
}

static void clear(Set *set) {
  set->count = set->any = 0;
}

/* Does the user accept a policy that an authority asserts by itself? */
static int is_acceptable(const State *state, LtlsSlice policy) {
  size_t i;
  if (state->inputs->initial_count == 0) return 1;
  for (i = 0; i < state->inputs->initial_count; i++)
    if (ltls_der_same(state->inputs->initial[i], policy)) return 1;
  return 0;
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

/* 6.1.3 (d), (e): the policies of one certificate. */
static int apply_policies(State *state, const LtlsFacts *facts, int is_leaf) {
  LtlsSlice list, oid, rest;
  Set next = {.count = 0};
  int names_any = 0, i;
  if (!ltls_facts_has(facts, LTLS_EXT_POLICIES)) {
    clear(&state->set);
    return 1;
  }
  if (!open_value(facts, LTLS_EXT_POLICIES, &list)) return 0;
  while (list.len > 0) {
    if (!take_entry(&list, &oid, &rest)) return 0;
    if (is_any(oid))
      names_any = 1;
    else if (contains(&state->set, oid) ||
             (state->set.any && is_acceptable(state, oid)))
      add(&next, oid);
  }
  if (names_any &&
      (state->inhibit_any > 0 || (!is_leaf && facts->is_self_issued))) {
    for (i = 0; i < state->set.count; i++)
      add(&next, state->set.policy[i]);
    next.any = state->set.any;
  }
  state->set = next;
  return !next.overflown;
}

/* 6.1.4 (a), (b): what the subject's policies are called below. The mappings
** of one certificate all see the set as it was before. */
static int apply_mappings(State *state, const LtlsFacts *facts) {
  LtlsSlice list, issuer, subject, rest;
  Set before = state->set, *set = &state->set;
  int i;
  if (!ltls_facts_has(facts, LTLS_EXT_POLICY_MAPPINGS)) return 1;
  if (!open_value(facts, LTLS_EXT_POLICY_MAPPINGS, &list)) return 0;
  rest = list;
  while (rest.len > 0) { /* first take away what is mapped */
    LtlsSlice entry;
    if (!take_entry(&rest, &issuer, &entry)) return 0;
    for (i = set->count - 1; i >= 0; i--)
      if (ltls_der_same(set->policy[i], issuer))
        set->policy[i] = set->policy[--set->count];
  }
  while (list.len > 0) {
    if (!take_entry(&list, &issuer, &rest) ||
        !ltls_der_take(&rest, MBEDTLS_ASN1_OID, &subject) || is_any(issuer) ||
        is_any(subject))
      return 0;
    if (state->policy_mapping > 0 &&
        (contains(&before, issuer) ||
         (before.any && is_acceptable(state, issuer))))
      add(set, subject);
  }
  return !set->overflown;
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

/* 6.1.5: only requireExplicitPolicy of the last certificate matters. */
static int wrap_up(State *state, const LtlsFacts *leaf) {
  int before;
  count_down(&state->explicit_policy);
  before = state->explicit_policy;
  if (!apply_constraints(state, leaf)) return 0;
  if (state->explicit_policy != 0) state->explicit_policy = before;
  return state->explicit_policy > 0 || has_policy(state);
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
    if (i == 0) break;
    if (!apply_mappings(&state, path[i])) return 0;
    step(&state, path[i]);
    if (!apply_constraints(&state, path[i])) return 0;
  }
  return count == 0 || wrap_up(&state, path[0]);
}

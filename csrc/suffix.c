/*
** Public suffixes. The list has fifteen thousand lines and is asked once or
** twice for a certificate, under one profile: it is searched as it stands.
*/

#include "suffix.h"

#include <ctype.h>
#include <string.h>

#define MAX_NAME 253 /* RFC 1035, 2.3.4, in text form */

/* A rule ends at white space, and comments begin with "//". */
static size_t rule_length(const char *line) {
  return strcspn(line, " \t\r\n");
}

static const char *next_line(const char *line) {
  const char *end = strchr(line, '\n');
  return end != NULL ? end + 1 : line + strlen(line);
}

/* Does the list have this rule? 'mark' is what stands before the name. */
static int has_rule(const char *list, const char *mark, const char *name) {
  size_t marked = strlen(mark), len = strlen(name);
  for (; *list != '\0'; list = next_line(list))
    if (rule_length(list) == marked + len && memcmp(list, mark, marked) == 0 &&
        memcmp(list + marked, name, len) == 0)
      return 1;
  return 0;
}

int ltls_suffix_is_public(const char *list, const char *name, size_t len) {
  char lower[MAX_NAME + 1];
  const char *parent;
  size_t i;
  if (len == 0 || len > MAX_NAME) return 0;
  for (i = 0; i < len; i++)
    lower[i] = (char)tolower((unsigned char)name[i]);
  lower[len] = '\0';
  parent = strchr(lower, '.');
  if (parent == NULL) return 1; /* the rule "*", when no other one fits */
  if (list == NULL || has_rule(list, "!", lower)) return 0;
  return has_rule(list, "", lower) || has_rule(list, "*.", parent + 1);
}

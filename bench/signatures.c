/*
** The yardstick for verification: the signatures of a chain, checked with
** nothing around it. Each certificate of CHAIN.pem is signed by the next, the
** last one by that of ROOT.pem. Prints the nanoseconds of CPU time that all
** the checks take together.
**   signatures CHAIN.pem ROOT.pem SECONDS
*/

#define MBEDTLS_ALLOW_PRIVATE_ACCESS /* how a certificate was signed */

#include <mbedtls/md.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 8 };

static void check(const char *what, int rc) {
  if (rc == 0) return;
  (void)fprintf(stderr, "signatures: %s failed: -0x%04x\n", what,
                (unsigned)-rc);
  exit(1);
}

static void check_signature(const mbedtls_x509_crt *child,
                            mbedtls_pk_context *key) {
  const mbedtls_md_info_t *md = mbedtls_md_info_from_type(child->sig_md);
  unsigned char hash[MBEDTLS_MD_MAX_SIZE];
  check("hash", mbedtls_md(md, child->tbs.p, child->tbs.len, hash));
  check("signature",
        mbedtls_pk_verify_ext(child->sig_pk, child->sig_opts, key,
                              child->sig_md, hash, mbedtls_md_get_size(md),
                              child->sig.p, child->sig.len));
}

static void check_chain(mbedtls_x509_crt *chain, mbedtls_x509_crt *root) {
  for (; chain != NULL; chain = chain->next)
    check_signature(chain, chain->next != NULL ? &chain->next->pk : &root->pk);
}

static double cpu_seconds(void) {
  return (double)clock() / CLOCKS_PER_SEC;
}

int main(int argc, char **argv) {
  mbedtls_x509_crt chain, root;
  double began, spent = 0;
  long count = 0;
  int i;
  if (argc != 4) return 2;
  mbedtls_x509_crt_init(&chain);
  mbedtls_x509_crt_init(&root);
  check(argv[1], mbedtls_x509_crt_parse_file(&chain, argv[1]));
  check(argv[2], mbedtls_x509_crt_parse_file(&root, argv[2]));
  check_chain(&chain, &root);
  began = cpu_seconds();
  while (spent < atof(argv[3])) {
    for (i = 0; i < BATCH; i++, count++)
      check_chain(&chain, &root);
    spent = cpu_seconds() - began;
  }
  (void)printf("%.0f\n", spent / (double)count * 1e9);
  mbedtls_x509_crt_free(&chain);
  mbedtls_x509_crt_free(&root);
  return 0;
}

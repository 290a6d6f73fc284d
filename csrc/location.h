/*
** Locations: the extensions that tell where more is to be had, decoded:
** responders, issuers' certificates, revocation lists (RFC 5280, 4.2.1.13 and
** 4.2.2.1). Each is an LtlsDecoder.
*/

#ifndef LUATLS_LOCATION_H
#define LUATLS_LOCATION_H

#include "decode.h"

int ltls_location_authority_info(lua_State *L, LtlsSlice value);
int ltls_location_crl_points(lua_State *L, LtlsSlice value);

#endif

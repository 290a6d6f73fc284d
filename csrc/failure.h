/*
** Failures as values: error objects, "luatls.error".
*/

#ifndef LUATLS_FAILURE_H
#define LUATLS_FAILURE_H

#include <lua.h>

/* Create the metatable of error objects. [-0, +0, m] */
void ltls_failure_register(lua_State *L);

/* Push an error object of 'kind' whose message is 'format', as for
** lua_pushfstring. [-0, +1, m] */
void ltls_failure_push(lua_State *L, const char *kind, const char *format, ...);

/* Set a text field of the error object on top. [-0, +0, m] */
void ltls_failure_detail(lua_State *L, const char *field, const char *text);

/* The error object on top is about an option: its message begins with the name,
** which becomes field 'option'. [-0, +0, m] */
void ltls_failure_option(lua_State *L, const char *option);

/* Set the fields that tell an mbedTLS error, of the error object on top:
** 'code', and 'reason' in mbedTLS' words. [-0, +0, m] */
void ltls_failure_code(lua_State *L, int code);

/* Push a text for any value, one that a user has raised for example; also where
** its __tostring raises. [-0, +1, m] */
const char *ltls_failure_text(lua_State *L, int index);

/* Return nil and an error object: 'message', a colon, what mbedTLS says about
** 'code'. For use in 'return'. [-0, +2, m] */
int ltls_fail(lua_State *L, const char *kind, const char *message, int code);

/* Return nil and the error object on top. For use in 'return'. [-0, +1, -] */
int ltls_fail_top(lua_State *L);

/* error(kind, message[, details]) -> error. The constructor for Lua. */
int ltls_failure_new(lua_State *L);

#endif

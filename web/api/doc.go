// Package api is the JSON API of the service: the nouns in JSON, and one typed
// function for each thing that can be done. From them it describes itself (OpenAPI
// 3.1), reads and checks requests, and writes answers.
//
// It knows nothing of logins, tokens and roles: each [Operation] says which action it
// is, and package web lets through whom the table of package access allows it, the
// same as for pages. A request reaches the API with its actor in the context.
//
// The way of a request: web finds the route and the actor, and decides; ServeHTTP
// counts it against the actor's rate; the body is read within its limits of size,
// time and depth, and compared with the schema; the operation turns it into calls of
// the one [Service], and its answer into JSON. Whatever is wrong becomes one sentence
// in a [Problem].
package api

// Package view draws the pages: a-h/templ components that turn the nouns of
// host/task into HTML. It calls nothing and keeps nothing.
//
// The same component draws a part of a page at first and each time it is pushed
// to the browser, so a live page and a reloaded one can not differ. All texts are
// in text.go. What servers, users and plugins have written goes through [Plain]
// and is escaped by templ; nothing is ever inserted raw.
//
// The *_templ.go files are made by "go tool templ generate -path web/view".
package view

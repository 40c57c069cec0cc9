// Package sheet reads and writes tables that people make with spreadsheets: CSV
// with any of the usual separators, in any of the usual encodings.
//
// What a file is, is found out in one pass before the first row is read:
//
//  1. Encoding: a byte order mark decides; without one, NUL bytes in every second
//     place mean UTF-16, bytes that are valid UTF-8 are that, and everything else
//     is Windows-1252, of which Latin-1 is a part.
//  2. Separator: a first line "sep=;" names it, as spreadsheets write it; else it is
//     the one of comma, semicolon and tab that the header has most of, outside
//     of quotes.
//
// Rows then come one by one, in memory that does not grow with the file. A cell
// that begins like a formula is text and nothing else; what is written is escaped,
// so that a spreadsheet takes it for text, too.
package sheet

--- Loaded by busted before any spec. Busted forgets modules between files, and
--- a luv that is forgotten frees its loop, which the next one goes on using.

require("luv")

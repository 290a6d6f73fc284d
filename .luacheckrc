std = "lua54"
codes = true
max_line_length = 80
max_cyclomatic_complexity = 12
include_files = {
  "lua",
  "spec/**/*.lua",
  "examples/**/*.lua",
  "bench/**/*.lua",
  "fuzz/**/*.lua",
  "tools/**/*.lua",
  "bin/luatls",
  "rockspec/*.rockspec",
}
files["spec"] = {
  std = "+busted",
  max_line_length = 100,
  max_cyclomatic_complexity = false,
}
-- Peers have one interface, whether or not they have something to remember.
files["spec/interop"] = { self = false }
files["rockspec"] = { max_line_length = 100 }

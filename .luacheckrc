std = "lua54"
codes = true
max_line_length = 80
max_cyclomatic_complexity = 12
include_files = {
  "lua",
  "spec",
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
files["rockspec"] = { max_line_length = 100 }

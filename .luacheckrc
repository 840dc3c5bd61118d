std = "max"
exclude_files = { "build*", "**/node_modules" }
-- Types are functions without bodies.
files["bindings/lua/types"] = { ignore = { "211", "212", "241" } }
files["spec/lua"] = { std = "max+busted" }
files["examples/neovim"] = { globals = { "vim" } }
files["spec/hosts/neovim"] = { globals = { "vim" } }

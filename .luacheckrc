std = "max"
exclude_files = { "build*", "**/node_modules" }
files["spec/lua"] = { std = "max+busted" }

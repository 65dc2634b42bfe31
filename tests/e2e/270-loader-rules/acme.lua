-- A project with names of its own, for cases.json.
return {
  addon = "acme",
  app = "acmed",
  variants = { v4 = { level = 4 }, fast = { level = 3 }, base = { level = 1 } },
  sentinel = "__acmeV{version}",
  variables = { variant = "ACME_VARIANT", folder = "ACME_DIR", cache = "__ACME_CACHE" },
  leaf = "{package}.{tag}",
  minimal_abi = { "open", "close" },
  install_command = "npm install {package}@{version}",
  build_command = "make",
  download = "https://example.org/{version}/{tag}/{name}",
  tags = { "linux-x64", "win32-x64", "darwin-arm64" },
}

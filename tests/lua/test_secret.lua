-- Secrets: which names, and masking in texts and across pieces of output.

local secret = require("pienv.secret")
local t = require("pienv.test")

t.test("names that look like secrets", function()
  for _, name in ipairs({ "GITHUB_TOKEN", "db_password", "AWS_SECRET_ACCESS_KEY", "API_KEY", "PRIVATE" }) do
    t.equal(secret.is_name(name), true)
  end
  for _, name in ipairs({ "PATH", "HOME", "KEYBOARD", "TARGET_ARCH" }) do
    t.equal(secret.is_name(name), false)
  end
end)

t.test("values are masked wherever they stand, the longer one first", function()
  local masker = secret.masker({ A_TOKEN = "abc.def", B_TOKEN = "abc.def.ghi", PATH = "/usr/bin:/bin" })
  t.equal(masker:hide("x abc.def y abc.def.ghi /usr/bin:/bin abcXdef"), "x *** y *** /usr/bin:/bin abcXdef")
  t.equal(masker:hide_all({ "--token=abc.def", "-v" }), { "--token=***", "-v" })
end)

t.test("values that say nothing stay", function()
  local masker = secret.masker({ A_TOKEN = "1", B_SECRET = "true", C_TOKEN = "" })
  t.equal(masker.longest, 0)
  t.equal(masker:hide("1 true"), "1 true")
end)

t.test("signs of patterns and of replacements are taken as they are", function()
  local masker = secret.masker({ A_TOKEN = "%d+(.*)[x]%1" })
  t.equal(masker:hide("a %d+(.*)[x]%1 b 12"), "a *** b 12")
end)

t.test("the end of a piece that may be the beginning of a secret is known", function()
  local masker = secret.masker({ A_TOKEN = "abcabcd" })
  t.equal(masker:open_end("text abcabc"), 6)
  t.equal(masker:open_end("text abca"), 4)
  t.equal(masker:open_end("text x"), 0)
  t.equal(masker:open_end(""), 0)
end)

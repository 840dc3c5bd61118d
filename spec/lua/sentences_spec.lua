-- SPDX-License-Identifier: MIT
local splitter = require("chatabi.text.sentences").splitter

local function split(...)
  local one, result = splitter(), {}
  for _, piece in ipairs { ... } do
    for _, sentence in ipairs(one:feed(piece)) do result[#result + 1] = sentence end
  end
  result[#result + 1] = one:finish()
  return result
end

local function bytes_of(text)
  local bytes = {}
  for i = 1, #text do bytes[i] = text:sub(i, i) end
  return bytes
end

local function lines(text)
  local result = {}
  for line in text:gmatch "[^\n]+" do result[#result + 1] = (line:gsub("^ +", ""):gsub("|", "\n")) end
  return result
end

-- Each line is a sentence, "|" a newline within one; fed joined by a space.
local function stays(text)
  local expected = lines(text)
  assert.same(expected, split(table.concat(expected, " ")))
end

describe("sentences", function()
  it("end at their marks", function()
    stays [[
      The sky is blue.
      Is it?
      Yes!
      Really?!
      Well!!!
      Who knows…
      It is.]]
  end)

  it("take closing quotes and brackets with them", function()
    stays [[
      He said "Stop."
      (She did not.)
      “Why?”
      It was ‘so.’
      [See there.]
      »Ja.«
      „Nein.“
      «Oui.»
      **Done.**
      Now "this" is left]]
  end)

  it("go on behind a quote that ends within them", function()
    stays [[
      "Really?" she asked.
      “No!” he said.
      "So..." – it went on.
      (Stop!) and go.]]
    stays "«\194\160Vraiment\194\160?\194\160» dit-il.\nOui."
  end)

  it("do not end at abbreviations", function()
    stays [[
      Mr. Smith met Mrs. Jones and Dr. No at St. Mary.
      Use fruit, e.g. apples, i.e. food, etc. and so on.
      We saw A vs. B in the U.S. Army.
      See No. 5 and Fig. 3 on p. 12.
      It is 5 p.m. here.
      Apples, pears, etc.
      It ends here.]]
  end)

  it("do not end at German abbreviations and ordinals", function()
    stays [[
      Das gilt z.B. hier, d.h. überall, usw. und so fort.
      Er hat z. B. Äpfel, d. h. Obst, u. a. von Hr. Maier.
      Nr. 5 kostet ca. 3 Mio. Euro.
      Am 3. Oktober und im 19. Jahrhundert bzw. danach.
      Er zahlte 42.
      Dann ging er.]]
  end)

  it("end at words that only look like abbreviations", function()
    stays [[
      Is it so?
      No.
      That is wrong.
      It costs 3.
      Then pay.
      Apples, etc.
      Then pears.]]
  end)

  it("do not end at initials, numbers, versions, names and ellipses within", function()
    stays [[
      J. R. R. Tolkien and J.K. Rowling wrote.
      Pi is 3.14 and e is 2.718.
      Take v1.2.3 from example.com/a?b=c!d or www.example.org.
      Wait... there is more.
      So… und weiter.
      But...
      Then it ended.]]
  end)

  it("end at Chinese and Japanese marks without white space", function()
    assert.same({ "今天天气很好。", "你呢？", "好！", "走吧" }, split "今天天气很好。你呢？好！走吧")
    assert.same({ "「はい。」", "と言った。", "『本当！？』", "そう……です。" },
      split "「はい。」と言った。『本当！？』そう……です。")
    assert.same({ "他说：“走吧。”", "然后走了。" }, split "他说：“走吧。”然后走了。")
    assert.same({ '她说"好。"', '"不。"', "完。" }, split '她说"好。""不。"完。')
  end)

  it("end in other languages", function()
    stays "¿Qué tal?\n¡Hola!\nLa Sra. López vino.\nПривет.\nКак дела?\nکیا حال ہے؟\nठीक।\nΚαλημέρα."
  end)

  it("go over lines, and end at a blank one", function()
    assert.same({ "One two\nthree.", "A title", "The text.", "More" },
      split "One two\nthree.\nA title\n\nThe text. \r\n \r\nMore\n")
  end)

  it("are items of lists and headings, by lines", function()
    local text = "# 1. A title. Of two\nHere is:\n- one\n* two\n+ three\n  - four\n1. first. Then this\n2) second\n"
      .. "• five\n\nThe end.\n## Next\nOf 3.\n"
    assert.same({
      "# 1. A title. Of two", "Here is:", "- one", "* two", "+ three", "- four", "1. first.", "Then this", "2) second",
      "• five", "The end.", "## Next", "Of 3.",
    }, split(text))
  end)

  it("are rows of tables and rules", function()
    assert.same({ "| a | b |", "|---|---|", "| 1. x | 2 |", "---", "So." },
      split "| a | b |\n|---|---|\n| 1. x | 2 |\n---\nSo.")
  end)

  it("are no items for what only looks like one", function()
    local text = "**Bold** and\n*more* of\n-5 and\n#tag and\n3.5 and\n--- and\n`x` in\n1984."
    assert.same({ text, "So it is." }, split(text .. " So it is."))
  end)

  it("leave blocks of code in one piece", function()
    local code = "```lua\nlocal a = 1. -- A. B!\n\n# no heading\n`` `\n```"
    assert.same({ "Look:", code, "Done." }, split("Look:\n" .. code .. "\nDone."))
    assert.same({ code }, split(code))
    assert.same({ "````\n```\nA. B.\n````", "C" }, split "````\n```\nA. B.\n````  \nC")
    assert.same({ "~~~\nA. B.\n```\n~~~" }, split "~~~\nA. B.\n```\n~~~\n")
    assert.same({ "```\nA. B. never closed" }, split "```\nA. B. never closed\n")
    assert.same({ "```x``` is code.", "More." }, split "```x``` is code. More.")
  end)
end)

describe("a splitter", function()
  it("gives a sentence at the white space behind it, not later", function()
    local one = splitter()
    assert.same({}, one:feed "The sky is blue")
    assert.same({}, one:feed ".")
    assert.same({ "The sky is blue." }, one:feed " ")
    assert.same({ "Is it?" }, one:feed "Is it?\n")
    assert.same({}, one:feed '"Yes." ')
    assert.same({ '"Yes."' }, one:feed "T")
    assert.same({ "Too.", "And." }, one:feed "oo. And. ")
    assert.same({ "- an item" }, one:feed "\n- an item\n")
    assert.same({}, one:feed "```\ncode\n```")
    assert.same({ "```\ncode\n```" }, one:feed "\n")
    assert.is_nil(one:finish())
  end)

  it("gives the rest at the end, and begins anew", function()
    local one = splitter()
    one:feed "And so"
    assert.equal("And so", one:finish())
    assert.is_nil(one:finish())
    assert.same({ "New." }, one:feed "New. ")
    one:feed "# no"
    assert.equal("# no", one:finish())
    one:feed "\n1"
    assert.equal("1", one:finish())
  end)

  it("takes nothing but text", function()
    assert.has_error(function() splitter():feed(5) end, "bad argument #1 to 'feed' (string expected, got number)")
    assert.same({}, splitter():feed "")
    assert.is_nil(splitter():finish())
    splitter():feed " \n\n \r\n"
  end)

  it("keeps bytes that are no UTF-8", function()
    local text = "A\255b\192\128 c\226\130. D\240\159"
    assert.same({ "A\255b\192\128 c\226\130.", "D\240\159" }, split(text))
    local _, bytes = pcall(split, (table.unpack or unpack)(bytes_of(text)))
    assert.same(split(text), bytes)
  end)
end)

describe("however a text is cut", function()
  local TEXTS = {
    english = "Mr. J. R. Smith said: \"Stop it!\" He (e.g. today) paid 3.50... or more. See example.com/x?y. \n\n"
      .. "Here:\n1. One. Two\n2. Three\n- a **b.** c\n\n```c\nint a; // A. B.\n```\nWait... What?! “Yes.” she said.",
    german = "Am 3. Oktober, d. h. z.B. „heute.“ Überall!\r\nUnd „Ähm…“ sagte er. Nr. 5 usw. Ende",
    french = "«\194\160Vraiment\194\160?\194\160» dit M.\194\160Dupont. «Oui !» Etc. à la fin…",
    japanese = "「はい。」と言った。\"本当！？\"（そう。）……ね\n\n１. 次。\227\128\128終わり",
    russian = "Привет! «Как дела?» — спросил он. А. С. Пушкин… был.",
    marks = '... ?! "". (.) . . . *** --- ___ `x.` ~~y.~~ \n--\n***\n##\n|x|\n# \n- \n1.\n12.5 ``` x ` \n```',
    code = "A\n```\n```` no\n```\n````lua\n```\n````\n~~~ x\n~~~~\nB. C",
    broken = "A\255\226\130. B\240\159\152 c.\227\128 D\195",
  }

  local function without_space(list) return (table.concat(list):gsub("[ \t\r\n]+", ""):gsub("\227\128\128", "")) end

  for name, text in pairs(TEXTS) do
    it("nothing is lost and the sentences are the same: " .. name, function()
      local whole = split(text)
      assert.is_true(#whole > 1)
      assert.equal(without_space { text }, without_space(whole))
      assert.same(whole, split((table.unpack or unpack)(bytes_of(text))))
      local joined = table.concat(whole, "\1")
      for at = 1, #text - 1 do
        assert.equal(joined, table.concat(split(text:sub(1, at), text:sub(at + 1)), "\1"))
      end
    end)
  end

  it("the time grows with its length and no faster", function()
    local function time(unit, size)
      local text = unit:rep(math.floor(size / #unit))
      local one, began = splitter(), os.clock()
      for i = 1, #text do one:feed(text:sub(i, i)) end
      one:finish()
      return os.clock() - began
    end
    for _, unit in ipairs { "a", "word ", "é", ".", " ", "\n ", "```\n", "`", "#", '."' } do
      time(unit, 1000)
      local short, long = time(unit, 2000), time(unit, 16000)
      assert.is_true(long < 8 * 4 * math.max(short, 0.002), ("%q: %.4f s, %.4f s"):format(unit, short, long))
    end
  end)

  it("a long run of white space inside a sentence costs no more", function()
    local text, began = "A" .. (" "):rep(30000) .. "b. C", os.clock()
    assert.equal(2, #split(text))
    assert.is_true(os.clock() - began < 1)
  end)
end)

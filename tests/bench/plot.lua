-- The comparisons of tests/bench/run as SVG: how many times as long as pienv the other takes, on a scale of powers of
-- ten. A bar to the right of the line says that pienv is faster. Colours follow the reader's system; nothing is loaded.

local STYLE = [[
  text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #1b2230; }
  .dim { fill: #657084; } .head { font-weight: 600; } .value { font-variant-numeric: tabular-nums; }
  .paper { fill: #ffffff; } .grid { stroke: #e3e7ee; } .one { stroke: #657084; }
  .faster { fill: #2f9e6b; } .slower { fill: #c5641b; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6eaf1; } .dim { fill: #93a0b4; } .paper { fill: #11151c; }
    .grid { stroke: #2a3342; } .one { stroke: #93a0b4; } .faster { fill: #3fb57f; } .slower { fill: #e08a45; }
  }]]

local TITLE = "How many times as long as pienv the other takes (right of 1: pienv is faster)"
local LABELS, WIDTH, RIGHT, LINE, TOP = 470, 400, 70, 20, 56

local function escape(text)
  return (text:gsub("`", ""):gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }))
end

local function times(value)
  return (value >= 100 and "%.0f ×" or value >= 10 and "%.1f ×" or "%.2f ×"):format(value)
end

-- The powers of ten that hold all values.
local function range(pairs_)
  local low, high = 0, 1
  for _, row in ipairs(pairs_) do
    local power = math.log(1 / row.ratio, 10)
    low, high = math.min(low, math.floor(power)), math.max(high, math.ceil(power))
  end
  return low, high
end

---@param rows table[] rows of tests/bench/report.lua
---@return string # an SVG document
return function(rows)
  local pairs_, out = {}, {}
  for _, row in ipairs(rows) do
    if row.kind == "pair" then
      pairs_[#pairs_ + 1] = row
    end
  end
  local low, high = range(pairs_)
  local function x(power)
    return LABELS + WIDTH * (power - low) / (high - low)
  end
  local function add(form, ...)
    out[#out + 1] = form:format(...)
  end

  local width, height = LABELS + WIDTH + RIGHT, TOP + LINE * #pairs_ + 16
  add('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="t">', width, height)
  add("<style>\n%s\n</style>", STYLE)
  add('<rect class="paper" width="%d" height="%d" rx="8"/>', width, height)
  add('<text id="t" class="head" x="16" y="24">%s</text>', TITLE)
  for power = low, high do
    local class = power == 0 and "one" or "grid"
    add('<line class="%s" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>', class, x(power), x(power), TOP - 6, height - 10)
    add('<text class="dim" x="%.1f" y="%d" text-anchor="middle">%g</text>', x(power), TOP - 12, 10 ^ power)
  end
  local group
  for i, row in ipairs(pairs_) do
    local y, factor = TOP + LINE * (i - 1), 1 / row.ratio
    local from, to = x(0), x(math.log(factor, 10))
    if row.group ~= group then
      group = row.group
      add('<text class="head" x="16" y="%d">%s</text>', y + 14, escape(group))
    end
    add('<text x="104" y="%d">%s <tspan class="dim">· %s</tspan></text>', y + 14, escape(row.what), escape(row.other))
    add(
      '<rect class="%s" x="%.1f" y="%d" width="%.1f" height="%d" rx="2"/>',
      factor >= 1 and "faster" or "slower",
      math.min(from, to),
      y + 4,
      math.max(math.abs(to - from), 1),
      LINE - 7
    )
    add('<text class="value" x="%.1f" y="%d">%s</text>', math.max(from, to) + 6, y + 14, times(factor))
  end
  add("</svg>")
  return table.concat(out, "\n") .. "\n"
end

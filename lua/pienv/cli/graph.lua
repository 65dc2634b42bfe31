-- pienv graph RECIPE: its steps and what they need, for Graphviz, Mermaid or a program. --targets draws one node for
-- each target, as the plan has them; without it only the recipe is read.

local json = require("pienv.json")
local line = require("pienv.cli.line")
local plan = require("pienv.plan")
local run = require("pienv.cli.run")
local sessions = require("pienv.cli.session")
local verb = require("pienv.verb")

local M = {}

---@class pienv.graph.node
---@field id string
---@field step string
---@field target? string
---@field about? string
---@field per? "target"
---@field finally? boolean
---@field extra? boolean the project added it

---@class pienv.graph
---@field recipe string
---@field nodes pienv.graph.node[] in the order of the plan
---@field edges { from: string, to: string }[] from what is needed to what needs it

---The graph of a plan.
---@param name string of the recipe
---@param instances pienv.instance[]
---@return pienv.graph
function M.of(name, instances)
  local graph = { recipe = name, nodes = {}, edges = {} }
  for i, instance in ipairs(instances) do
    local step = instance.step
    graph.nodes[i] = {
      id = instance.id,
      step = instance.name,
      target = instance.target and instance.target.id,
      about = step.about,
      per = step.per,
      finally = step.finally,
      extra = step.extra,
    }
    for _, needed in ipairs(instance.needs) do
      graph.edges[#graph.edges + 1] = { from = needed.id, to = instance.id }
    end
  end
  return graph
end

local function quoted(text)
  return '"' .. text:gsub('[\\"]', "\\%0"):gsub("\r?\n", "\\n") .. '"'
end

-- Boxes; double for each target, dashed for what always runs, bold for what the project added.
local function dot_node(node)
  local style = (node.finally and "dashed" or node.extra and "bold") or "solid"
  local tooltip = node.about and ", tooltip=" .. quoted(node.about) or ""
  local peripheries = node.per and not node.target and ", peripheries=2" or ""
  return ("  %s [style=%s%s%s];"):format(quoted(node.id), style, peripheries, tooltip)
end

local formats = {}

function formats.dot(graph)
  local lines = { "digraph " .. quoted(graph.recipe) .. " {", "  rankdir=LR;", "  node [shape=box];" }
  for _, node in ipairs(graph.nodes) do
    lines[#lines + 1] = dot_node(node)
  end
  for _, edge in ipairs(graph.edges) do
    lines[#lines + 1] = "  " .. quoted(edge.from) .. " -> " .. quoted(edge.to) .. ";"
  end
  lines[#lines + 1] = "}"
  return table.concat(lines, "\n")
end

-- Mermaid has no escapes in quoted texts but entities.
local function entities(text)
  return (
    text
      :gsub('["#<>&]', function(char)
        return "#" .. char:byte() .. ";"
      end)
      :gsub("%s+", " ")
  )
end

function formats.mermaid(graph)
  local lines, numbers = { "graph LR" }, {}
  for i, node in ipairs(graph.nodes) do
    numbers[node.id] = i
    local open, close = "[", "]"
    if node.per and not node.target then
      open, close = "[[", "]]"
    elseif node.finally then
      open, close = "([", "])"
    end
    lines[#lines + 1] = ('  n%d%s"%s"%s'):format(i, open, entities(node.id), close)
  end
  for _, edge in ipairs(graph.edges) do
    lines[#lines + 1] = ("  n%d --> n%d"):format(numbers[edge.from], numbers[edge.to])
  end
  return table.concat(lines, "\n")
end

function formats.json(graph)
  local document = { v = 1, type = "graph", recipe = graph.recipe }
  document.nodes, document.edges = json.array(graph.nodes), json.array(graph.edges)
  return json.encode(json.readable(document))
end

---Draws a graph as text.
---@param graph pienv.graph
---@param format "dot"|"mermaid"|"json"
---@return string
function M.draw(graph, format)
  return formats[format](graph)
end

-- The steps of a recipe as a plan that knows no targets.
local function without_targets(recipe)
  local steps = {}
  for name, step in pairs(recipe.steps) do
    steps[name] = setmetatable({ per = false }, { __index = step })
  end
  local instances = plan.make({ steps = steps }, {})
  for _, instance in ipairs(instances) do
    instance.step = recipe.steps[instance.name]
  end
  return instances
end

function M.run(session)
  local opened = sessions.project(session)
  local word = sessions.recipe_word(session)
  local recipe = verb.take(sessions.recipe(session, opened, word), session.line.rest, true)
  local given = line.recipe_options(session.line.rest, recipe)
  local instances
  if session.own.targets then
    instances = run.plan(recipe, run.context(session, opened, recipe, given))
  else
    instances = without_targets(recipe)
  end
  local format = session.line.engine.json and "json" or session.own.format
  io.stdout:write(M.draw(M.of(recipe.name, instances), format), "\n")
  return 0
end

return M

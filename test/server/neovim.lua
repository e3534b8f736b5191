-- Neovim, headless, as a language client that is not ours: what it sees goes out as JSON, a line an answer.
local folder = vim.env.PIPEC_FOLDER
local function say(what, value)
  io.stdout:write(vim.json.encode({ what = what, value = value }) .. '\n')
end
local function give_up(why)
  say('failed', why)
  vim.cmd('cquit 1')
end

vim.cmd('edit ' .. folder .. '/big.pipe')
local buffer = vim.api.nvim_get_current_buf()
local client = vim.lsp.start_client({
  name = 'pipec',
  cmd = { vim.env.PIPEC_NODE, vim.env.PIPEC, 'lsp' },
  root_dir = folder,
  workspace_folders = { { uri = vim.uri_from_fname(folder), name = folder } },
})
if client == nil then give_up('the server does not start') end
vim.lsp.buf_attach_client(buffer, client)
if not vim.wait(20000, function() return vim.lsp.buf_is_attached(buffer, client) and vim.lsp.get_client_by_id(client).initialized end) then
  give_up('the server does not answer')
end

local function ask(method, params, of)
  local all = vim.tbl_extend('force', { textDocument = { uri = vim.uri_from_bufnr(of or buffer) } }, params or {})
  local answer, err = vim.lsp.buf_request_sync(of or buffer, method, all, 20000)
  if err ~= nil then give_up(method .. ': ' .. err) end
  local own = answer[client] or {}
  if own.error ~= nil then give_up(method .. ': ' .. own.error.message) end
  return own.result
end
local function found()
  local codes = {}
  for _, each in ipairs(vim.diagnostic.get(buffer)) do
    table.insert(codes, each.code .. ' ' .. (each.lnum + 1) .. ':' .. (each.col + 1))
  end
  table.sort(codes)
  return table.concat(codes, ', ')
end
local function wait_for(expected)
  if not vim.wait(20000, function() return found() == expected end, 20) then
    give_up('wrong: ' .. found() .. ' instead of ' .. expected)
  end
  say('wrong', found())
end
local function lines() return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n') end
local function apply(edits) vim.lsp.util.apply_text_edits(edits, buffer, 'utf-16') end

-- Open, make a mistake, have it mended.
wait_for('')
vim.api.nvim_buf_set_text(buffer, 2, 11, 2, 17, { 'amuont' })
wait_for('unknown-column 3:12')
local position = { line = 2, character = 13 }
local actions = ask('textDocument/codeAction', { range = { start = position, ['end'] = position }, context = { diagnostics = {} } })
say('action', actions[1].title)
vim.lsp.util.apply_workspace_edit(actions[1].edit, 'utf-16')
wait_for('')
say('text', lines())

-- The outline, and the layout.
local names = {}
for _, symbol in ipairs(ask('textDocument/documentSymbol')) do table.insert(names, symbol.name) end
say('symbols', names)
vim.api.nvim_buf_set_text(buffer, 2, 4, 2, 5, { '    ' })
apply(ask('textDocument/formatting', { options = { tabSize = 2, insertSpaces = true } }))
say('text', lines())

local can = vim.lsp.get_client_by_id(client).server_capabilities
-- A stage is begun, and a column completed in it.
if can.completionProvider then
  vim.api.nvim_buf_set_lines(buffer, 3, 3, false, { '  |> where am' })
  local result = ask('textDocument/completion', { position = { line = 3, character = 13 } })
  local labels = {}
  for _, item in ipairs(result.items or result) do
    if item.label == 'amount' then table.insert(labels, item.label) end
  end
  say('completed', labels)
  vim.api.nvim_buf_set_lines(buffer, 3, 4, false, {})
  wait_for('')
end
if can.hoverProvider then
  local hover = ask('textDocument/hover', { position = { line = 2, character = 13 } })
  say('hover', hover.contents.value or hover.contents)
end
-- A column gets another name, in every file.
if can.renameProvider then
  local edit = ask('textDocument/rename', { position = { line = 2, character = 13 }, newName = 'paid' })
  vim.lsp.util.apply_workspace_edit(edit, 'utf-16')
  wait_for('')
  say('text', lines())
  vim.cmd('silent wall')
end

vim.lsp.stop_client(client)
vim.wait(5000, function() return vim.lsp.client_is_stopped(client) end, 20)
say('stopped', vim.lsp.client_is_stopped(client))
vim.cmd('qall!')

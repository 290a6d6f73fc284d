--- An engine joined to a socket: operations that wait until they are done.
--
-- A socket with a descriptor is read and written by the engine itself (the
-- descriptor transport) and only waited for here; any other socket carries
-- bytes that are fed to the engine and drained from it (memory transport).

local blame = require("luatls.blame")
local drive = require("luatls.drive")
local errors = require("luatls.error")

local channel = {}

---@class luatls.Channel: luatls.Carrier
---@field conn luatls.connection
---@field handshake_seconds? number how long it took
---@field is_early boolean early data is read, and the handshake not complete
---@field private is_server boolean
---@field private early? string early data that nobody has read yet
---@field private unfinished? boolean the engine keeps the rest of a write
---@field private unsettled? boolean the system has not taken all that was sent
---@field socket luatls.io.Socket
local Channel = {}

-- What one record can hold (RFC 8446, 5.1).
local EARLY_SIZE <const> = 16384

---@class luatls.DescriptorChannel: luatls.Channel
local Descriptor = setmetatable({}, { __index = Channel })
Descriptor.__index = Descriptor

function Descriptor.push() end

--- Nothing is left to wait for: the engine wrote to the descriptor itself.
---@return true
function Descriptor.settle()
  return true
end

function Descriptor:wait(want, deadline)
  return self.socket:wait(want, deadline)
end

---@class luatls.MemoryChannel: luatls.Channel
---@field left? string bytes of the peer that the engine had no room for
---@field first? integer index of the first byte of `left` that it has not
---@field ended? boolean the peer's end of stream was passed on
local Memory = setmetatable({}, { __index = Channel })
Memory.__index = Memory

function Memory:push()
  local bytes = self.conn:drain()
  if bytes ~= "" then self.socket:send(bytes) end
end

--- Wait until the system has taken what was sent.
---@param deadline? number
---@return true? done
---@return luatls.Error? err kind "timeout", "io", "closed"
function Memory:settle(deadline)
  return self.socket:settle(deadline)
end

-- Feed what is there; keep what the engine does not take.
local function feed(self, bytes, first)
  local taken = self.conn:feed(bytes, first)
  first = first + taken
  if first > #bytes then
    self.left, self.first = nil, nil
  else
    self.left, self.first = bytes, first
  end
  return taken > 0
end

local function receive(self, deadline)
  if self.ended then return nil, errors.END end
  local bytes, err = self.socket:receive(deadline)
  if bytes then return feed(self, bytes, 1) end
  if err ~= errors.END then return nil, err end
  self.ended = true
  self.conn:feed_end()
  return true
end

function Memory:wait(want, deadline)
  if want == "write" then return self:settle(deadline) end
  if self.left and feed(self, self.left, self.first) then return true end
  return receive(self, deadline)
end

--- Join an engine to a socket.
---@param context luatls.context
---@param socket luatls.io.Socket taken over: closed with the channel
---@param options luatls.connection.Options but `fd`
---@return luatls.Channel
function channel.new(context, socket, options)
  local fd = socket.fd
  local conn = blame.call("connection", context.connection, context, {
    name = options.name,
    sni = options.sni,
    session = options.session,
    early_data = options.early_data,
    fd = fd,
  })
  local self = {
    conn = conn,
    socket = socket,
    streak = 0,
    is_early = false,
    is_server = context:role() == "server",
  }
  return setmetatable(self, fd and Descriptor or Memory)
end

function Channel:rest()
  self.socket:rest()
end

function Channel:answer()
  self.conn:callback()
end

--- Complete the handshake, our last message included.
---@param deadline? number
---@return true? done
---@return luatls.Error? err
function Channel:handshake(deadline)
  local done, err = drive.run(self, deadline, self.conn.handshake, self.conn)
  if not done then return nil, err end
  self.is_early = false
  return self:settle(deadline)
end

--- Complete the handshake, or as much of it as comes before early data.
---@param deadline? number
---@return true? done
---@return luatls.Error? err
function Channel:greet(deadline)
  if self.is_server then
    local early, err = self:read_early(EARLY_SIZE, deadline)
    if not early then return nil, err end
    if early ~= "" then
      self.early, self.is_early = early, true
      return true
    end
  end
  return self:handshake(deadline)
end

--- Up to `size` bytes of early data, as soon as there are any.
---@param size integer
---@param deadline? number
---@return string? bytes "": there is none, or no more
---@return luatls.Error? err
function Channel:read_early(size, deadline)
  local early = self.early
  if not early then
    return drive.run(self, deadline, self.conn.read_early, self.conn, size)
  end
  self.early = #early > size and early:sub(size + 1) or nil
  return early:sub(1, size)
end

--- Up to `size` bytes of plaintext, as soon as there are any.
---@param size integer
---@param deadline? number
---@return string? bytes
---@return luatls.Error? err
function Channel:read(size, deadline)
  return drive.run(self, deadline, self.conn.read, self.conn, size)
end

-- After "not yet" the engine keeps the rest and wants to be called again with
-- nothing; that holds for a later write too, when this one ran out of time.
local function finish(self, deadline)
  local count, err = drive.run(self, deadline, self.conn.write, self.conn)
  if not count then return nil, err end
  self.unfinished = nil
  return count
end

-- Wait until the system has everything. Else more and more would lie in memory
-- while the peer does not read: nothing new is taken before that.
local function settle(self, deadline)
  local done, err = self:settle(deadline)
  self.unsettled = not done
  return done, err
end

-- What earlier calls have left when their time was up.
local function catch_up(self, deadline)
  if self.unfinished then
    local done, err = finish(self, deadline)
    if not done then return nil, err end
    self:push()
  end
  if self.unsettled then return settle(self, deadline) end
  return true
end

-- The engine has taken it all, or keeps the rest.
local function complete(self, deadline, count)
  if count == false then
    local done, err = finish(self, deadline)
    if not done then return nil, err end
  end
  self:push()
  return settle(self, deadline)
end

--- Encrypt and send. What was taken will be sent, also after "timeout": it must
--- not be written again.
---@param deadline? number
---@param ... string
---@return true? done
---@return luatls.Error? err
---@return boolean? is_taken after a failure
function Channel:write(deadline, ...)
  local ready, late = catch_up(self, deadline)
  if not ready then return nil, late, false end
  local count, why = self.conn:write(...)
  if count == nil then
    self:push()
    return nil, why, false
  end
  self.unfinished = count == false
  local done, err = complete(self, deadline, count)
  return done, err, not done and err.kind == "timeout" or nil
end

--- Send close_notify (RFC 8446, 6.1), after what an earlier write has left;
--- reading goes on.
---@param deadline? number
---@return true? done
---@return luatls.Error? err
function Channel:shutdown(deadline)
  local done, err = drive.run(self, deadline, self.conn.shutdown, self.conn)
  if not done then return nil, err end
  self.unfinished = nil
  return settle(self, deadline)
end

--- Renew keys: by this method of the connection.
---@param deadline? number
---@param name "update_keys"|"renegotiate"
---@param ... any its arguments
---@return true? done
---@return luatls.Error? err
function Channel:renew(deadline, name, ...)
  local done, err = drive.run(self, deadline, self.conn[name], self.conn, ...)
  if not done then return nil, err end
  return settle(self, deadline)
end

--- Say goodbye if that needs no waiting, then end it.
function Channel:close()
  if not self.unfinished then self.conn:shutdown() end
  self:push()
  self.conn:close()
  self.socket:close()
end

--- End it without a word: for finalizers, which do no input or output.
function Channel:abandon()
  self.conn:close()
  self.socket:abandon()
end

return channel

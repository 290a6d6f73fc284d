--- A client or a server over datagrams, sent anything at all, at any time.

local datagrams = require("fuzz.support.datagrams")

return function(data)
  datagrams.play(data)
end

--- A connection whose handshake is done, sent any records at all by its peer.

local open = require("fuzz.support.open")

return open.play

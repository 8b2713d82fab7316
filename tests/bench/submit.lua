-- Posts a report of its own with each request: wrk -s submit.lua.
local banks = {"LCL", "CIC", "BPCE", "BNP+Paribas", "Soci%C3%A9t%C3%A9+G%C3%A9n%C3%A9rale", "Cr%C3%A9dit+Mutuel"}
local count = 0

local function card()
  local digits = "497010" .. string.format("%09d", math.random(0, 999999999))
  local sum = 0
  for i = 1, 15 do
    local value = tonumber(digits:sub(i, i)) * (i % 2 == 1 and 2 or 1)
    sum = sum + (value > 9 and value - 9 or value)
  end
  return digits .. (10 - sum % 10) % 10
end

function init() math.randomseed(os.time() * 1000 + tonumber(tostring({}):sub(8), 16) % 1000) end

function request()
  count = count + 1
  local body = string.format(
    "prenom=Camille&age=%d&email=camille.%d%%40example.org&telephone=06399800%02d&cc-number=%s&exp-date=09%%2F28&zip-code=75001&banque=%s",
    18 + count % 100, count, count % 100, card(), banks[count % #banks + 1])
  return wrk.format("POST", "/submit", {["Content-Type"] = "application/x-www-form-urlencoded", ["Accept"] = "application/json"}, body)
end

function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  if failed > 0 then print("FAILED " .. failed) end
end

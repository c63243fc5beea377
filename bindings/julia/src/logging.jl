# The run's log.

const LEVELS = (debug=LibMetalab.METALAB_LEVEL_DEBUG, info=LibMetalab.METALAB_LEVEL_INFO,
                warning=LibMetalab.METALAB_LEVEL_WARNING, error=LibMetalab.METALAB_LEVEL_ERROR,
                critical=LibMetalab.METALAB_LEVEL_CRITICAL)

level_number(level::Symbol) = numbered(LEVELS, :level, level === :warn ? :warning : level)
function level_number(level::Logging.LogLevel)
    level < Logging.Info && return LEVELS.debug
    level < Logging.Warn && return LEVELS.info
    level < Logging.Error && return LEVELS.warning
    return LEVELS.error
end

const Level = Union{Symbol,Logging.LogLevel}

"""
    log!(run, level, text)

A line of the run's log. The level is `:debug`, `:info`, `:warning`, `:error`, `:critical`, or one of
Julia's `Logging`.
"""
log!(run::Run, level::Level, text::AbstractString) =
    check(run, LibMetalab.metalab_capture_log(handle_of(run), level_number(level), String(text), sizeof(text)))

"""
    Metalab.log(logger, level, text)

A line of a named logger, which goes to every run of the process that subscribed to it or to one above it
("a" is above "a.b"); see [`subscribe!`](@ref). Code of a library emits so, without knowing any run.
"""
log(logger::Name, level::Level, text::AbstractString) =
    check(LibMetalab.metalab_log(logger, level_number(level), String(text), sizeof(text)))

"Returns true if a line of the named logger at this level would reach a run."
log_enabled(logger::Name, level::Level) = LibMetalab.metalab_log_enabled(logger, level_number(level))

"""
    subscribe!(run, logger, level=:info)

Has lines of the named logger, in any language, go to the run's log, from `level` up.
"""
subscribe!(run::Run, logger::Name, level::Level=:info) =
    check(run, LibMetalab.metalab_capture_subscribe(handle_of(run), logger, level_number(level)))

"Ends what `subscribe!(run, logger)` began."
unsubscribe!(run::Run, logger::Name) = check(run, LibMetalab.metalab_capture_unsubscribe(handle_of(run), logger))

# For arguments that no method takes.
@noinline function refuse_line(level, text="")
    level isa Level || throw(ArgumentError("a level is one of $(join((repr(name) for name in keys(LEVELS)), ", ")), or of " *
        "Julia's Logging, not a $(typeof(level))"))
    throw(ArgumentError("a line of the log is a string, not a $(typeof(text))"))
end
log!(::Run, level, text) = refuse_line(level, text)
log(logger, level, text) = logger isa Name ? refuse_line(level, text) : refuse_name(logger)
log_enabled(logger, level) = logger isa Name ? refuse_line(level) : refuse_name(logger)
subscribe!(::Run, logger, level=:info) = logger isa Name ? refuse_line(level) : refuse_name(logger)
unsubscribe!(::Run, logger) = refuse_name(logger)

"""
    CaptureLogger(run; level=Logging.Info, tee=nothing, metrics=false)

A logger for `with_logger` that writes to the run's log, with the level and the key-value pairs of each
message; an `exception` comes with its backtrace. With `tee=current_logger()` messages go there too. It is
an `AbstractLogger` like any other, so that LoggingExtras can filter and tee it.

With `metrics=true`, numbers among the key-value pairs become metrics of the run as well, with a whole number
`step` among them points of the series of their names; with `metrics=(:loss,)`, those of these names do.

    with_logger(CaptureLogger(rec; metrics=true)) do
        @info "trained" step loss = 0.25
    end
"""
struct CaptureLogger{L<:Union{Nothing,Logging.AbstractLogger}} <: Logging.AbstractLogger
    run::Run
    level::Logging.LogLevel
    tee::L
    metrics::Union{Bool,Vector{Symbol}}     # of which pairs numbers become metrics
    said::Dict{Any,Int}     # how often messages with `maxlog` may still be said
    guard::ReentrantLock
end

CaptureLogger(run::Run; level::Logging.LogLevel=Logging.Info, tee=nothing, metrics=false) =
    CaptureLogger(run, level, tee, metric_names(metrics), Dict{Any,Int}(), ReentrantLock())

metric_names(metrics::Bool) = metrics
metric_names(name::Name) = [Symbol(name)]
metric_names(names::Union{Tuple,AbstractVector,AbstractSet}) = [Symbol(text(:metrics, name)) for name in names]
metric_names(other) = throw(ArgumentError("metrics is true, false or names, not a $(typeof(other))"))

Logging.min_enabled_level(logger::CaptureLogger) = logger.level
Logging.min_enabled_level(logger::CaptureLogger{<:Logging.AbstractLogger}) =
    min(logger.level, Logging.min_enabled_level(logger.tee))
Logging.catch_exceptions(::CaptureLogger) = true
# The other logger is asked when the message is handled.
Logging.shouldlog(::CaptureLogger, arguments...) = true

function Logging.handle_message(logger::CaptureLogger, level, message, _module, group, id, file, line; details...)
    pass_on(logger.tee, level, message, _module, group, id, file, line; details...)
    level < logger.level && return
    may_say(logger, id, get(details, :maxlog, nothing)) || return
    text = sprint(write_message, message, details)
    # A line that can't be taken stops nobody; the health document counts it.
    LibMetalab.metalab_capture_log(logger.run.handle, level_number(level), text, sizeof(text))
    logger.metrics === false || emit_details(logger, details)
    return
end

function emit_details(logger, details)
    step = get(details, :step, nothing)
    step isa Union{Int64,Int32,Int16,Int8,UInt32,UInt16,UInt8} || (step = nothing)
    for (key, value) in details
        key in (:step, :maxlog) && continue
        value isa Real && (logger.metrics === true || key in logger.metrics) || continue
        emit_at(logger.run.handle, string(key), step, scalar(value))
    end
end

pass_on(::Nothing, arguments...; details...) = nothing
function pass_on(tee, level, message, _module, group, id, file, line; details...)
    if level >= Logging.min_enabled_level(tee) && Logging.shouldlog(tee, level, _module, group, id)
        Logging.handle_message(tee, level, message, _module, group, id, file, line; details...)
    end
end

may_say(logger, id, ::Any) = true
function may_say(logger, id, most::Integer)
    lock(logger.guard) do
        left = get!(logger.said, id, Int(most))
        logger.said[id] = left - 1
        return left > 0
    end
end

function write_message(io::IO, message, details)
    print(io, message)
    for (key, value) in details
        key === :maxlog && continue
        write_detail(io, key, value)
    end
end

write_detail(io::IO, key, value) = print(io, ' ', key, '=', repr(value; context=:limit => true))
write_detail(io::IO, key, value::Exception) = (print(io, '\n', key, ": "); showerror(io, value))
write_detail(io::IO, key, value::Tuple{Exception,Any}) = (print(io, '\n', key, ": "); showerror(io, value...))

"""
    capture_stdio!(run; stdout=true, stderr=false)

Has what the process prints go to the run's logs "stdout" and "stderr" as well, from any language. It
still goes where it went. Ends with the run, or by [`capture_stdio_end!`](@ref).
"""
function capture_stdio!(run::Run; stdout::Bool=true, stderr::Bool=false)
    streams = (stdout ? LibMetalab.METALAB_STDOUT : 0) | (stderr ? LibMetalab.METALAB_STDERR : 0)
    check(run, LibMetalab.metalab_capture_stdio(handle_of(run), streams))
    isopen(run) && print_to_descriptors!(run, stdout, stderr)
    return
end

"Ends what `capture_stdio!(run)` began."
function capture_stdio_end!(run::Run)
    flush_printed(run)
    check(run, LibMetalab.metalab_capture_stdio_end(handle_of(run)))
    print_as_before!(run)
end

# Julia prints to descriptors of its own, copies of 1 and 2, which the library can't see into: until the
# end it has to print to those that C prints to.
function print_to_descriptors!(run::Run, out::Bool, err::Bool)
    run.printed_to === nothing || return
    run.printed_to = (out ? Base.stdout : nothing, err ? Base.stderr : nothing)
    out && redirect_stdout(by_line(1))
    err && redirect_stderr(by_line(2))
    return
end

function by_line(descriptor)
    line_mode = 1001    # bm_line of Julia's own ios.h
    stream = fdio(descriptor)
    ccall(:ios_bufmode, Cint, (Ptr{Cvoid}, Cint), stream.ios, line_mode)
    return stream
end

function flush_printed(run::Run)
    run.printed_to === nothing && return
    flush(stdout)
    flush(stderr)
end

function print_as_before!(run::Run)
    run.printed_to === nothing && return
    out, err = run.printed_to
    run.printed_to = nothing
    out === nothing || redirect_stdout(out)
    err === nothing || redirect_stderr(err)
    return
end

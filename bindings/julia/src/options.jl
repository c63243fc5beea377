# The options that a run is opened with.

using .LibMetalab: metalab_options_t

set(options, ::Val{:store}, value) = LibMetalab.metalab_options_store(options, text(:store, value))
set(options, ::Val{:experiment}, value) = LibMetalab.metalab_options_experiment(options, text(:experiment, value))
set(options, ::Val{:description}, value) = LibMetalab.metalab_options_experiment_description(options, text(:description, value))
set(options, ::Val{:experiment_tags}, value) = each(tag -> LibMetalab.metalab_options_add_experiment_tag(options, text(:experiment_tags, tag)), value)
set(options, ::Val{:planned_runs}, value) = LibMetalab.metalab_options_planned_runs(options, whole(:planned_runs, UInt64, value))
set(options, ::Val{:run_id}, value) = LibMetalab.metalab_options_run_id(options, text(:run_id, value))
set(options, ::Val{:params}, value) = as_object(LibMetalab.metalab_options_params_json, options, value)
set(options, ::Val{:namelist}, value) = each(path -> LibMetalab.metalab_options_namelist(options, text(:namelist, path)), value)
set(options, ::Val{:context}, value) = as_object(LibMetalab.metalab_options_context_json, options, value)
set(options, ::Val{:metadata}, value) = as_object(LibMetalab.metalab_options_metadata_json, options, value)
set(options, ::Val{:tags}, value) = each(tag -> LibMetalab.metalab_options_add_tag(options, text(:tags, tag)), value)
set(options, ::Val{:note}, value) = LibMetalab.metalab_options_note(options, text(:note, value))
set(options, ::Val{:seed}, value) = LibMetalab.metalab_options_seed(options, whole(:seed, UInt64, value))
set(options, ::Val{:replicate}, value) = LibMetalab.metalab_options_replicate(options, whole(:replicate, UInt64, value))
set(options, ::Val{:code_hash}, value) = LibMetalab.metalab_options_code_hash(options, text(:code_hash, value))
set(options, ::Val{:worker}, value) = LibMetalab.metalab_options_worker(options, text(:worker, value))
set(options, ::Val{:flush_interval}, value) = LibMetalab.metalab_options_flush_interval(options, seconds(:flush_interval, value))
set(options, ::Val{:refresh_interval}, value) = LibMetalab.metalab_options_refresh_interval(options, seconds(:refresh_interval, value))
set(options, ::Val{:journal}, value) = LibMetalab.metalab_options_journal(options, text(:journal, value))
set(options, ::Val{:if_success}, value) = LibMetalab.metalab_options_if_success(options, numbered(IF_SUCCESS, :if_success, value))
set(options, ::Val{:durable}, value) = LibMetalab.metalab_options_durable(options, yes_or_no(:durable, value))
set(options, ::Val{:signals}, value) = LibMetalab.metalab_options_signals(options, value === false ? 0 : numbered(SIGNALS, :signals, value))
set(options, ::Val{:end_time}, value) = LibMetalab.metalab_options_end_time(options, unix_seconds(value))
set(options, ::Val{:stop_before}, value) = LibMetalab.metalab_options_stop_before(options, seconds(:stop_before, value))
set(options, ::Val{:index_wait}, value) = LibMetalab.metalab_options_index_wait(options, seconds(:index_wait, value))
set(options, ::Val{:role}, value) = LibMetalab.metalab_options_role(options, numbered(ROLES, :role, value))
set(options, ::Val{:rank}, value) = LibMetalab.metalab_options_rank(options, rank_and_size(value)...)
set(options, ::Val{:ranks_param}, value) = LibMetalab.metalab_options_ranks_param(options, text(:ranks_param, value))
set(options, ::Val{:attach_patience}, value) = LibMetalab.metalab_options_attach_patience(options, seconds(:attach_patience, value))
set(options, ::Val{:restart}, value) = LibMetalab.metalab_options_restart(options, whole(:restart, Int64, value))
set(options, ::Val{:sample}, value) = LibMetalab.metalab_options_sample(options, seconds(:sample, value))
set(options, ::Val{:compiler}, value) = LibMetalab.metalab_options_compiler(options, text(:compiler, value))
set(options, ::Val{name}, value) where {name} = throw(ArgumentError("there is no option `$name`"))

const IF_SUCCESS = (rerun=LibMetalab.METALAB_IF_SUCCESS_RERUN, refuse=LibMetalab.METALAB_IF_SUCCESS_REFUSE,
                    skip=LibMetalab.METALAB_IF_SUCCESS_SKIP)
const SIGNALS = (fatal=LibMetalab.METALAB_SIGNALS_FATAL, stop=LibMetalab.METALAB_SIGNALS_STOP, interrupt=LibMetalab.METALAB_SIGNALS_INTERRUPT,
                 both=LibMetalab.METALAB_SIGNALS_FATAL | LibMetalab.METALAB_SIGNALS_STOP)

const ROLES = (auto=LibMetalab.METALAB_ROLE_AUTO, owner=LibMetalab.METALAB_ROLE_OWNER, worker=LibMetalab.METALAB_ROLE_WORKER,
               ranks=LibMetalab.METALAB_ROLE_RANKS)

# The number of a symbol, as in `if_success=:skip`.
function numbered(numbers::NamedTuple, argument, value)
    value isa Symbol && haskey(numbers, value) && return numbers[value]
    throw(ArgumentError("$argument is one of $(join((repr(name) for name in keys(numbers)), ", ")), not $(repr(value))"))
end

# Values of other types are refused with a message of ours.
text(name, value::Name) = value
text(name, value) = throw(ArgumentError("$name is a string, not a $(typeof(value))"))
whole(name, ::Type{T}, value::Integer) where {T} =
    typemin(T) <= value <= typemax(T) ? T(value) : throw(ArgumentError("$name is a whole number from $(typemin(T)) to $(typemax(T)), not $value"))
whole(name, ::Type{T}, value::AbstractFloat) where {T} =
    isinteger(value) ? whole(name, T, BigInt(value)) : throw(ArgumentError("$name is a whole number, not $value"))
whole(name, ::Type, value) = throw(ArgumentError("$name is a whole number, not a $(typeof(value))"))
yes_or_no(name, value::Bool) = value
yes_or_no(name, value) = throw(ArgumentError("$name is true or false, not a $(typeof(value))"))
rank_and_size(value::Union{Tuple{Integer,Integer},NamedTuple{<:Any,<:Tuple{Integer,Integer}}}) =
    whole(:rank, Int64, value[1]), whole(:rank, Int64, value[2])
rank_and_size(value) = throw(ArgumentError("rank is a tuple (rank, size), not a $(typeof(value))"))

each(call, value::Name) = call(value)
each(call, value::Union{Number,AbstractChar}) = call(value)
function each(call, values)
    for value in values
        status = call(value)
        status == METALAB_OK || return status
    end
    return Int32(METALAB_OK)
end

function as_object(setter, options, value)
    text = object(value)
    return setter(options, text, sizeof(text))
end

unix_seconds(value::Real) = round(Int64, value)
unix_seconds(value::Dates.DateTime) = round(Int64, Dates.datetime2unix(value))
unix_seconds(value) = throw(ArgumentError("end_time is a DateTime in UTC or a number of Unix seconds, not a $(typeof(value))"))
seconds(name, value::Real) = value
seconds(name, value::Union{Dates.Week,Dates.Day,Dates.TimePeriod}) = Dates.value(Dates.Nanosecond(value)) / 1e9
seconds(name, value) = throw(ArgumentError("$name is a Period of fixed length or a number of seconds, not a $(typeof(value))"))

# The library takes what it isn't told from the executable, which is Julia here: the script's name and
# hash say more. What the environment says goes first, as everywhere.
function of_script(given)
    script = PROGRAM_FILE
    named(variable) = !isempty(get(ENV, variable, ""))
    defaults = Pair{Symbol,String}[]
    is_given(name) = get(given, name, nothing) !== nothing
    if !is_given(:code_hash) && !named("METALAB_CODE_HASH")
        push!(defaults, :code_hash => isfile(script) ? bytes2hex(open(SHA.sha256, script)) : "")
    end
    if !is_given(:experiment) && !named("METALAB_EXPERIMENT") && isfile(script)
        push!(defaults, :experiment => first(splitext(basename(script))))
    end
    is_given(:compiler) || push!(defaults, :compiler => compiler())
    return defaults
end

# The compiler of a Julia program, for its provenance.
function compiler()
    how = Base.JLOptions()
    bounds = how.check_bounds == 1 ? ", bounds checked" : how.check_bounds == 2 ? ", bounds not checked" : ""
    return string("julia ", VERSION, ", LLVM ", Base.libllvm_version, ", -O", how.opt_level, bounds,
                  how.fast_math == 1 ? ", fast math" : "")
end

# Has `body` use options that say what `given` does.
function with_options(body, given)
    out = Ref{Ptr{metalab_options_t}}(C_NULL)
    check(LibMetalab.metalab_options_new(out))
    options = out[]
    try
        # `params` takes precedence over the parameters of a file.
        of_file = (name => value for (name, value) in pairs(given) if name === :namelist)
        others = (name => value for (name, value) in pairs(given) if name !== :namelist)
        for (name, value) in Iterators.flatten((of_script(given), of_file, others))
            value === nothing || check(set(options, Val(name), value))
        end
        return body(options)
    finally
        LibMetalab.metalab_options_free(options)
    end
end

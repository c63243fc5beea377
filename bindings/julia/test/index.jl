# The index in PostgreSQL as far as no server is needed; with one it is tested from outside the package.
using Dates

function refused(call)
    try
        call()
    catch problem
        return problem isa MetalabError ? problem.name : rethrow()
    end
    return "nothing"
end

in_store() do store
    nowhere = "postgresql://127.0.0.1:9/db?file_root=$store"
    # Files as always, where the server is away.
    run = Run(nowhere; experiment="away:1.0", index_wait=Millisecond(100))
    metric!(run, "x", 1)
    finish!(run)
    @test record(store)["status"] == "success"
    health = parse_json(Metalab.health_json(run))
    @test health["ok"] && health["index"]["state"] == "behind"
    @test refused(() -> Run(store; experiment="away:1.0", index_wait=-1)) == "METALAB_ERR_VALUE"

    told = []
    tell(done, total) = push!(told, (done, total))
    @test refused(() -> Metalab.index_rebuild(nowhere)) == "METALAB_ERR_IO"
    @test refused(() -> Metalab.index_rebuild(tell, nowhere; experiment="away:1.0")) == "METALAB_ERR_IO"
    @test refused(() -> Metalab.index_rebuild(nowhere; experiment="none:1")) == "METALAB_ERR_NOT_FOUND"
    @test refused(() -> Metalab.index_rebuild(store)) == "METALAB_ERR_VALUE"
    @test refused(() -> Metalab.index_rebuild(tell, "postgresql://h/db")) == "METALAB_ERR_VALUE"
    @test refused(() -> withenv(Metalab.index_rebuild, "METALAB_STORE" => store)) == "METALAB_ERR_VALUE"
    @test isempty(told)
end

# The answer of a progress function, and what it throws, as the library is told.
function answer(tell)
    asked = Metalab.Told(tell, nothing)
    call = @cfunction(Metalab.told, Int32, (Ptr{Cvoid}, Csize_t, Csize_t))
    return Base.disable_sigint() do
        status = GC.@preserve asked ccall(call, Int32, (Ptr{Cvoid}, Csize_t, Csize_t), pointer_from_objref(asked), 3, 5)
        (status, asked.thrown)
    end
end
@test answer((done, total) -> nothing) == (0, nothing)
@test answer((done, total) -> (done, total) == (3, 5)) == (0, nothing)
@test answer((done, total) -> (yield(); sleep(0.001); GC.gc(); nothing)) == (0, nothing)
@test answer((done, total) -> false) == (1, nothing)
@test answer((done, total) -> error("stop")) == (1, Some(ErrorException("stop")))
@test answer((done, total) -> throw(nothing)) == (1, Some(nothing))

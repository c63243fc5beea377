# The README's examples run as they are printed, and say what they say.
const README = read(joinpath(@__DIR__, "..", "README.md"), String)
in_store() do directory
    example = match(r"```julia\n(.*?)```"s, README)[1]
    code = "cd($(repr(directory)))\n" * example
    ended, said = julia(code)
    @test ended
    @test record(joinpath(directory, "experiments"))["status"] == "success"
    # The next block reads it.
    reading = collect(eachmatch(r"```julia\n(.*?)```"s, README))[2][1]
    ended, said = julia("using Metalab\ncd($(repr(directory)))\n" * reading * "\nprint(before.status, before.metrics[\"final\"])")
    @test (ended, said) == (true, "success0.001")
end

const EXAMPLES = joinpath(@__DIR__, "..", "..", "..", "examples", "julia")
if isdir(EXAMPLES)
    in_store() do directory
        function printed(name)
            file = joinpath(EXAMPLES, name)
            @test occursin("```julia\n" * read(file, String) * "```", README)
            command = `$(Base.julia_cmd()) --startup-file=no --project=$(dirname(Base.active_project())) $file`
            return read(Cmd(command; dir=directory), String)
        end
        @test printed("restart.jl") == "from step 1\n"
        @test printed("restart.jl") == "from step 51\n100 steps\n"
        rm(joinpath(directory, "runs"); recursive=true)
        @test printed("sweep.jl") == "solving 64\nsolving 128\n(0.015625, 0.0078125)\n"
        @test printed("sweep.jl") == "(0.015625, 0.0078125)\n"
        @test printed("compare.jl") == "128 0.0078125 success\n64 0.015625 success\n"
    end
end

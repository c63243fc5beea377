# The README's first example runs as it is printed.
const README = read(joinpath(@__DIR__, "..", "README.md"), String)
in_store() do directory
    example = match(r"```julia\n(.*?)```"s, README)[1]
    code = "cd($(repr(directory)))\n" * example
    ended, said = julia(code)
    @test ended
    @test record(joinpath(directory, "experiments"))["status"] == "success"
end

# No call has two methods that fit equally well, and what is exported is there and documented.
@test isempty(detect_ambiguities(Metalab; recursive=true))
@test isempty(detect_unbound_args(Metalab; recursive=true))
for name in names(Metalab)
    @test isdefined(Metalab, name)
    text = string(Base.Docs.doc(Base.Docs.Binding(Metalab, name)))
    @test (name, occursin("No documentation found", text)) == (name, false)
end

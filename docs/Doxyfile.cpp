# The reference of the C++ interface: doxygen docs/Doxyfile.cpp, from the root of the repository.
@INCLUDE = docs/Doxyfile
INPUT = bindings/cpp/metalab.hpp bindings/cpp/metalab
# The inline namespace of the ABI is no part of a name, and what is in `detail` is nobody else's.
INPUT_FILTER = "sed -e 's/^inline namespace METALAB_ABI {$/extern \"C++\" {/' -e '/^namespace detail {$/,/^}  .. namespace detail$/d' -e '/^template <>$/{N;/std::is_error_code_enum/d;}'"
OPTIMIZE_OUTPUT_FOR_C = NO
EXTRACT_ALL = YES
WARN_IF_UNDOCUMENTED = NO
PREDEFINED += __cpp_exceptions=1
CLASS_GRAPH = NO
VERBATIM_HEADERS = NO

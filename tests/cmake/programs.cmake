# The programs of every consumer; the C++ one only where asked for, so that a C project can be
# tested to need no C++ compiler.
option(WITH_CXX "Build the C++ program as well" ON)
add_executable(consumer_c "${CMAKE_CURRENT_LIST_DIR}/program.c")
target_link_libraries(consumer_c PRIVATE ${metalab_c_target})
if(WITH_CXX)
  enable_language(CXX)
  add_executable(consumer_cpp "${CMAKE_CURRENT_LIST_DIR}/program.cpp")
  target_link_libraries(consumer_cpp PRIVATE ${metalab_cpp_target})
endif()

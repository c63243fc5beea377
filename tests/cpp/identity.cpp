// Identity without a run, and how it is the same as a run's.
#include "check.hpp"

void test_identity(const std::string& store) {
  CHECK(metalab::canonical_json("{\"b\": 0.1, \"a\": [1, true, null]}") == "{\"a\":[1,true,null],\"b\":\"0.1\"}");
  CHECK(metalab::fingerprint("{\"a\": 1, \"b\": 2}") == metalab::fingerprint("{\"b\":2,\"a\":1}"));
  CHECK(metalab::fingerprint("{}").size() == 16);
  CHECK_THROWS(metalab::status::json, metalab::fingerprint("{"));
  CHECK_THROWS(metalab::status::value, metalab::run_id("e", {}, {}, {}, std::string("a\0b", 3)));

  const metalab::seeds seed{5, std::nullopt};
  CHECK(seed.json() == "{\"root_seed\": 5, \"replicate_index\": null}");
  CHECK(metalab::derive_seed(seed, "a") != metalab::derive_seed(seed, "b"));

  metalab::capture run(
      metalab::options().store(store).experiment("identity:1").param("x", 1.0).seed(5).code_hash("abc"));
  CHECK(run.run_id() == metalab::run_id("identity:1", {}, {{"x", 1.0}}, seed, "abc"));
  // 1 and 1.0 are different parameters.
  CHECK(run.run_id() != metalab::run_id("identity:1", {}, {{"x", 1}}, seed, "abc"));
  CHECK(run.derive_seed("a") == metalab::derive_seed(seed, "a"));
}

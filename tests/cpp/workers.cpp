// Several processes in one run, as far as one process shows it, and a run that goes on.
#include "check.hpp"

#include <chrono>

void test_workers(const std::string& store) {
  metalab::options what = options_for(store, "workers");
  what.role(metalab::role::owner).rank(1, 4).ranks_param("ranks").attach_patience(std::chrono::seconds(0));
  {
    metalab::capture run(what);
    CHECK(run.rank() == 1 && run.size() == 4);
    run.reduce("total");
    run.metric("total", 5);
    auto loss = run.series("loss");
    for (int step = 0; step < 4; ++step) {
      loss(step, step + 1.0);
    }
    CHECK_THROWS(metalab::status::name, run.reduce(""));
  }
  {
    metalab::quiet_capture run(metalab::options(what).restart(2));
    CHECK(run.reduce("residual") == metalab::status::ok);
    run.metric("residual", 0.5, 1);
    CHECK(run.finish() == metalab::status::ok);
    CHECK(run.reduce("late") == metalab::status::closed);
  }
  metalab::options worker = metalab::options(what).role(metalab::role::worker);
  CHECK_THROWS(metalab::status::not_found, metalab::capture{worker});
  CHECK_THROWS(metalab::status::value, metalab::capture{metalab::options(what).rank(4, 4)});
  CHECK_THROWS(metalab::status::value, metalab::capture{metalab::options(what).attach_patience(std::chrono::seconds(-1))});
  const metalab::quiet_capture none;
  CHECK(none.rank() == 0 && none.size() == 1);
}

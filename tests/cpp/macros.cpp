// The headers after those of Qt and Windows, whose macros have common names.
#define signals public
#define slots
#define emit
#define foreach for
#define forever for (;;)
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define small char
#define near
#define far
#define interface struct
#define ERROR 0

#include <metalab.hpp>

class widget {
 signals:
  int shown = max(1, ERROR);
};

int main() {
  metalab::options what;
  what.experiment("macros:1");
  metalab::quiet_capture none;
  none.metrics({{"loss", 0.5}});
  emit none.info("nothing is open");
  return widget().shown - 1;
}

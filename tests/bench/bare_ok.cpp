// The yardstick: the least that a libfcgi handler with 72 accepting threads can do behind the same Nginx.
#include <fcgiapp.h>

#include <array>
#include <thread>

namespace {

void answer_ok() {
  FCGX_Request request;
  FCGX_InitRequest(&request, 0, 0);
  while (FCGX_Accept_r(&request) == 0) {
    FCGX_PutS("Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n", request.out);
    FCGX_Finish_r(&request);
  }
}

}  // namespace

int main() {
  FCGX_Init();
  std::array<std::thread, 72> threads;
  for (auto& thread : threads) thread = std::thread(answer_ok);
  for (auto& thread : threads) thread.join();
}

set(observe_tests ${CMAKE_CURRENT_SOURCE_DIR}/observe)

# A tool for looking at what the observers say on a host of one's own.
add_executable(observe_driver ${observe_tests}/driver.c
  ${observe_tests}/fake_worker.c)
target_link_libraries(observe_driver PRIVATE probe_flags observe)

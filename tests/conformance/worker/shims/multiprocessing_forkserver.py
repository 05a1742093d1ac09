"""CPython's multiprocessing tests with the start method "forkserver".

They live in ``test._test_multiprocessing`` as classes to be installed into a module; the modules that do so
are named differently from version to version, and some installations leave them out.
"""

from test._test_multiprocessing import install_tests_in_module_dict

install_tests_in_module_dict(globals(), "forkserver")

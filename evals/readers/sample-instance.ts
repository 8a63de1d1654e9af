/** For tests: an instance of SWE-bench with every field that there is. */

/** Renames a file and changes it, has a binary one, and a file with CR LF: as git writes them. */
export const HARD_PATCH = `diff --git a/lib/old.py b/lib/new.py
similarity index 66%
rename from lib/old.py
rename to lib/new.py
index 814f4a4..0f7bc76 100644
--- a/lib/old.py
+++ b/lib/new.py
@@ -1,2 +1,2 @@
 one
-two
+three
diff --git a/lib/dos.py b/lib/dos.py
index 45b983b..9b9e5a8 100644
--- a/lib/dos.py
+++ b/lib/dos.py
@@ -1,2 +1,2 @@
 first\r
-second\r
+other \u00e9\r
diff --git a/logo.png b/logo.png
new file mode 100644
index 0000000000000000000000000000000000000000..f3b0a1c5fa8b7c8d3aa9d4f1c52b2b0c3d1a9e77
GIT binary patch
literal 3
KcmZQzWMT#Y01f~L

literal 0
HcmV?d00001

`;

export const TEST_PATCH = `diff --git a/tests/test_new.py b/tests/test_new.py
new file mode 100644
index 0000000..e69de29
--- /dev/null
+++ b/tests/test_new.py
@@ -0,0 +1 @@
+def test_it(): pass\r
diff --git a/tests/it is.py b/tests/it is.py
index 814f4a4..0f7bc76 100644
--- a/tests/it is.py\t
+++ b/tests/it is.py\t
@@ -1 +1 @@
-one
+two
diff --git a/tests/gone.py b/tests/gone.py
deleted file mode 100644
index 814f4a4..0000000
--- a/tests/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-one
diff --git a/tests/data.txt b/tests/data.txt
index 814f4a4..0f7bc76 100644
--- a/tests/data.txt
+++ b/tests/data.txt
@@ -1 +1 @@
-one
+two
`;

/** Version 4 of the format. */
export const INSTANCE = {
  repo: 'owner/name',
  instance_id: 'owner__name-1',
  base_commit: 'a'.repeat(40),
  patch: HARD_PATCH,
  test_patch: TEST_PATCH,
  problem_statement: '\r\nIt breaks\r\nwhen used.',
  hints_text: 'look there',
  created_at: '2024-01-02T03:04:05Z',
  version: '1.0',
  FAIL_TO_PASS: ['tests/test_new.py::test_it'],
  PASS_TO_PASS: '["tests/it is.py::test_other"]',
  environment_setup_commit: 'b'.repeat(40),
  difficulty: '<15 min fix',
};

export const EVAL_SCRIPT = `#!/bin/bash
set -uxo pipefail
cd /testbed
: '>>>>> Start Test Output'
pytest -rA tests/test_new.py
: '>>>>> End Test Output'
git checkout tests
`;

/** What version 5 adds. */
export const ADDED_BY_5 = {
  image: 'example/owner__name-1:latest',
  eval_script: EVAL_SCRIPT,
  log_parser: 'parse_log_pytest_v2',
  eval_type: 'pass_and_fail',
  split: 'test',
  datasets: '["one", "two"]',
};

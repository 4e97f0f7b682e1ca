"""The samples by which jupyter_kernel_test judges the kernel `mmaplab`.

Run by jupyter-kernel-test.test.ts, or by hand where the kernelspec is installed:
    .venv/bin/python test/protocol/jupyter_kernel_test_mmaplab.py -v
"""

import unittest

import jupyter_kernel_test


class MmaplabTests(jupyter_kernel_test.KernelTests):
    kernel_name = "mmaplab"
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("oh no")'
    completion_samples = [
        {"text": "Math.ma", "matches": {"max"}},
        {"text": '"😀"; Number.isSafe', "matches": {"isSafeInteger"}},
    ]
    complete_code_samples = ["1", "const a = 1;", "function f() {\n  return 1;\n}", "await 0"]
    incomplete_code_samples = ["function f() {", "[1, 2", "/* comment", "const s = `text"]
    invalid_code_samples = ["}", "1 +* 2"]
    code_generate_error = 'throw new Error("on purpose")'
    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": "[1, 2].map((n) => n * 2)", "result": "[ 2, 4 ]"},
        {
            "code": '({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "b", "text/html": "<b>b</b>" }) })',
            "mime": "text/html",
            "result": "<b>b</b>",
        },
    ]
    code_display_data = [
        {"code": 'display({ "text/plain": "plain" })', "mime": "text/plain"},
        {"code": 'display({ "image/png": new Uint8Array([137, 80, 78, 71]) })', "mime": "image/png"},
    ]
    code_history_pattern = "1 +*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.max"
    code_page_something = "Math.max?"
    code_clear_output = "clearOutput()"


class MmaplabIopubWelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "mmaplab"
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main()

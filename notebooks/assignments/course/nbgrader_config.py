"""nbgrader for TypeScript notebooks of the mmaplab kernel. What a course has to set is at the end."""

import copy
import os

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    Execute,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
    SaveAutoGrades,
)

c = get_config()  # noqa: F821 (given by traitlets)

HERE = os.path.dirname(os.path.abspath(__file__))


class NameStudent(NbGraderPreprocessor):
    """Tells the notebook whose submission is graded, so that it draws the parameters of that student and not those of the instructor."""

    def preprocess(self, nb, resources):
        os.environ["MMAPLAB_STUDENT"] = resources["nbgrader"]["student"]
        return nb, resources


class SurvivingExecute(Execute):
    """
    Runs the cells as nbgrader does. A cell may end the process that holds the variables: a real SIGSEGV, process.exit(), no memory.
    Then the cells before it are run again without those that are graded and that ended the process, so that it costs one cell
    and not all that follow.
    """

    def preprocess(self, nb, resources=None, km=None):
        self.process = None
        self.fatal = set()
        return super().preprocess(nb, resources, km)

    def preprocess_cell(self, cell, resources, index):
        cell, resources = super().preprocess_cell(cell, resources, index)
        if cell.cell_type == "code":
            self.restore(index)
        return cell, resources

    def restore(self, index):
        """Runs the cells up to `index` again where the process is not the one it was."""
        alive = self.ask_process()
        if self.process in (None, alive):
            self.process = alive
            return
        self.fatal.add(index)
        for earlier in range(index):
            cell = self.nb.cells[earlier]
            graded = cell.metadata.get("nbgrader", {}).get("grade", False)
            if cell.cell_type == "code" and not graded and earlier not in self.fatal:
                self.execute_cell(copy.deepcopy(cell), earlier, store_history=False)
        self.process = self.ask_process()

    def ask_process(self):
        """The number of the process that holds the variables."""
        request = self.kc.execute("", silent=True, store_history=False, user_expressions={"pid": "process.pid"})
        reply = self.wait_for_reply(request)
        answer = (reply or {}).get("content", {}).get("user_expressions", {}).get("pid", {})
        return answer.get("data", {}).get("text/plain")


# What stands in a student's cell in place of the solution. Keys are languages, as kernelspecs name them.
c.ClearSolutions.code_stub = {
    "typescript": '// YOUR CODE HERE\nthrow new Error("not done yet");',
    "python": "# YOUR CODE HERE\nraise NotImplementedError()",
}

# Lines `/// AUTOTEST expression` in a test cell become checks with the values of the instructor's solution. Keys are kernel names.
c.InstantiateTests.comment_strs = {"mmaplab": "//"}
c.InstantiateTests.sanitizers = {"mmaplab": lambda text: text.strip().strip("'\"`")}

# Seconds that one cell may take. Then it is interrupted: it fails, and the next cell runs.
c.SurvivingExecute.timeout = 30
# A kernel that is flooded or overloaded is not asked again.
c.SurvivingExecute.execute_retries = 0
c.Autograde.autograde_preprocessors = [
    NameStudent,
    SurvivingExecute,
    IgnorePattern,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
c.LimitOutput.max_lines = 1000
c.LimitOutput.max_traceback = 100

# Feedback shows the text of outputs and not their pictures, which no screen reader could read.
c.NbConvertBase.display_data_priority = ["text/html", "text/markdown", "text/plain"]

# MiB of private memory, and of JavaScript objects, that the cells of a submission may take.
os.environ.setdefault("MMAPLAB_MEMORY", "2048")
os.environ.setdefault("MMAPLAB_HEAP", "512")

# --- of this course ---------------------------------------------------------------------------------------------------

c.CourseDirectory.course_id = "mmap"
c.CourseDirectory.root = HERE
# Where releases and submissions lie; all users must reach it. NBGRADER_EXCHANGE or this line names another folder.
c.Exchange.root = os.environ.get("NBGRADER_EXCHANGE", os.path.join(HERE, "exchange"))

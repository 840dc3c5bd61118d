# SPDX-License-Identifier: MIT
"""The package: declarations that are the header's, types, installing without a network, every program of README.md."""
import ast
import ctypes
import ctypes.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from place import BINDING, HERE, ROOT, Emulator, environment

from chatabi import _library, _stream

def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


OF_C = {"int": ctypes.c_int, "unsigned": ctypes.c_uint, "void": None, "int64_t": ctypes.c_int64,
        "size_t": ctypes.c_size_t, "size_t *": ctypes.POINTER(ctypes.c_size_t), "const char *": ctypes.c_char_p,
        "chatabi_client *": ctypes.c_void_p, "chatabi_request *": ctypes.c_void_p}


class Declarations(unittest.TestCase):
    header = re.sub(r"/\*.*?\*/", "", read(ROOT, "core", "include", "chatabi.h"), flags=re.S)

    def test_functions_are_those_of_the_header(self):
        found = re.findall(r"^([\w ]+?[ *]+)chatabi_(\w+)\(([^)]*)\);", self.header, flags=re.M)
        declared = {}
        for result, name, arguments in found:
            parts = [] if arguments == "void" else [part.strip() for part in arguments.split(",")]
            types = [OF_C[re.sub(r"\w+$", "", part).strip()] for part in parts]
            declared[name] = (OF_C[result.strip()], *types)
        for name, types in _library.FUNCTIONS.items():
            self.assertEqual(types, declared[name], name)

    def test_numbers_are_those_of_the_header(self):
        numbers = {name: int(value) for name, value in re.findall(r"CHATABI_(\w+) = (-?\d+)", self.header)}
        for name in ("NOMEM", "STATE", "FORKED", "TIMEOUT", "RATE_LIMIT", "PROTOCOL", "CANCELLED", "CLOSED"):
            self.assertEqual(getattr(_library, name), numbers["E_" + name])
        infos = {name[5:].lower(): value for name, value in numbers.items() if name.startswith("INFO_")}
        self.assertEqual(_stream._INFO, infos)
        for name, value in numbers.items():
            kind, _, rest = name.partition("_")
            if kind in ("STATE", "FINISH"):
                names = _stream._STATES if kind == "STATE" else _stream._FINISHES
                self.assertEqual(names[value], rest.lower())
        kinds = {value: name.lower() for name, value in numbers.items() if name in ("TEXT", "REASONING", "TOOL", "REFUSAL")}
        self.assertEqual((_stream._KINDS, _stream._DONE), (kinds, numbers["DONE"]))

    def test_it_is_python_3_8(self):
        for name in os.listdir(os.path.join(BINDING, "chatabi")):
            if name.endswith(".py"):
                ast.parse(read(BINDING, "chatabi", name), feature_version=(3, 8))


class Loading(unittest.TestCase):
    def fails(self, path):
        host = subprocess.run([sys.executable, "-c", "import chatabi"], env=environment(CHATABI_LIBRARY=path),
                              stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(host.returncode, 1)
        return host.stderr.splitlines()[-1]

    def test_no_library_another_library_another_abi(self):
        self.assertIn("CHATABI_LIBRARY", self.fails("/nowhere/libchatabi.so.1"))
        self.assertIn("chatabi_abi_version", self.fails(ctypes.util.find_library("c")))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "libchatabi.so.1")
            with open(path + ".c", "w") as file:
                file.write("unsigned chatabi_abi_version(void) { return 2; }\n")
            subprocess.check_call(["cc", "-shared", "-fPIC", path + ".c", "-o", path])
            self.assertIn("version 2 of chatabi's ABI, and this module is for version 1", self.fails(path))


class Types(unittest.TestCase):
    @unittest.skipUnless(shutil.which("mypy"), "mypy is not here")
    def test_mypy_is_content(self):
        checked = subprocess.run(["mypy", "--strict", "--python-version", "3.8", "--cache-dir", os.devnull,
                                  os.path.join(BINDING, "chatabi"), os.path.join(HERE, "typed.py")],
                                 stdout=subprocess.PIPE, text=True, env=environment(MYPYPATH=BINDING))
        self.assertEqual(checked.returncode, 0, checked.stdout)


class Readme(unittest.TestCase):
    """Its programs as they stand. What they send to Google comes to the emulator, by the library that is loaded."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        said = Emulator("--tls", "--project", "my-project").said
        self.environment = {
            **os.environ, "CHATABI_EMULATOR_TLS_URL": said["tls_url"], "CHATABI_EMULATOR_CA": said["ca_file"],
            "GOOGLE_APPLICATION_CREDENTIALS": said["credentials_file"], "PYTHONPATH": os.path.join(self.folder, "site"),
            "PIP_TARGET": os.path.join(self.folder, "site"), "PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_CACHE_DIR": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        program = os.path.join(self.folder, "bin", "python3")  # this Python, whatever else is installed
        os.mkdir(os.path.dirname(program))
        with open(program, "w") as file:
            file.write('#!/bin/sh\nexec "%s" "$@"\n' % sys.executable)
        os.chmod(program, 0o755)
        self.environment["PATH"] = os.path.dirname(program) + os.pathsep + os.environ["PATH"]
        # In a copy: building a package writes beside its sources.
        shutil.copytree(BINDING, os.path.join(self.folder, "bindings", "python"))

    def run_block(self, language, code):
        command = {"sh": ["sh", "-ec", code], "python": [sys.executable, "-X", "dev", "-W", "error", "-c", code]}[language]
        more = {} if language == "sh" else {"CHATABI_LIBRARY": os.environ["CHATABI_REDIRECTED"]}
        done = subprocess.run(command, cwd=self.folder, env={**self.environment, **more}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, code + done.stdout + done.stderr)
        self.assertTrue(done.stdout.strip(), code)
        if language == "python":
            self.assertEqual(done.stderr, "", code)
        return done.stdout

    def test_every_block_runs(self):
        blocks = re.findall(r"^```(\w+)\n(.*?)^```", read(BINDING, "README.md"), flags=re.S | re.M)
        self.assertEqual([language for language, _ in blocks].count("sh"), 1)
        said = [self.run_block(*block) for block in blocks]
        for words in ("canned reply", "tokens", "NOT_FOUND 404 False", "[5, 5]", "clear"):
            self.assertTrue(any(words in text for text in said), (words, said))
        installed = os.listdir(os.path.join(self.folder, "site", "chatabi"))
        self.assertIn("py.typed", installed)
        self.assertTrue(any(name.startswith("chatabi-0") for name in os.listdir(os.path.join(self.folder, "site"))))


if __name__ == "__main__":
    unittest.main()

"""The kernels in the reader's browser: the build of the WebAssembly module, its loader and the live figures."""

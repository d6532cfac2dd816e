"""One verb a file: options in, one library call, one result out."""

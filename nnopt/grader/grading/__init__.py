"""A class comes in; a gradebook with a row for everything handed in comes out."""

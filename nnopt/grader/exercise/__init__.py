"""What an author writes: specs, texts and a course's settings come in; exercises that can be given out and marked come out."""

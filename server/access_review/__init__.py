"""The quarterly access review: who holds which rights, what they were used for, what should become of them."""

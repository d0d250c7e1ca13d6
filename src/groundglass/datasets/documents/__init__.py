"""What a data set says of itself: README, licence, citation, card, Croissant, changelog, checksums."""

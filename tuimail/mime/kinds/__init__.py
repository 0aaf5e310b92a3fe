"""What some types of parts say, told in words: invitations, visiting cards, reports, and what is in winmail.dat."""

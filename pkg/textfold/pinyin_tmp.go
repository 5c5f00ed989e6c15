package textfold

func syllableOf(r rune) uint16 { return 0 }
func syllableID(b []byte) uint16 { return 0 }

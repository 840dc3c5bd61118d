module hosts/go

go 1.19

require github.com/chatabi/chatabi/bindings/go v0.0.0

replace github.com/chatabi/chatabi/bindings/go => ../../../bindings/go

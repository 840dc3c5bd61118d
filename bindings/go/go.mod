module github.com/chatabi/chatabi/bindings/go

go 1.19
